"""Lets devices join the fleet."""

from lambdas.actors.actor_id import ActorId
from lambdas.agents.device.messages import RegisterDevice
from lambdas.agents.device.state import Device
from lambdas.api.agent_reading import read_agent
from lambdas.api.errors import UnauthorizedError
from lambdas.api.ring_reading import read_ring
from lambdas.api.tokens import device_token, is_same_token
from lambdas.api.views.device_api import EnrolledView, EnrolRequest
from lambdas.fleet.devices import DeviceDetails
from lambdas.fleet.rings import assign_ring
from lambdas.wiring.device_api import DevicePorts


def enrol_device(ports: DevicePorts, enrolment: EnrolRequest, shown_token: str, request_id: str) -> EnrolledView:
    """Register a device and make its token; raises UnauthorizedError without the enrolment token.

    A device that joins again keeps its ring unless it names another.
    """
    if not is_same_token(shown_token, ports.enrolment_token()):
        raise UnauthorizedError(
            "enrolment_refused",
            "enrolment needs the enrolment token",
            field="authorization",
            remedy="Send Authorization: Bearer <enrolment token>; operators have it.",
        )
    ring = _ring_of(ports, enrolment)
    details = DeviceDetails(**enrolment.details.model_dump())
    joining = RegisterDevice(details, ring, enrolment.is_simulated, has_client=True)
    ports.mailbox.tell(ActorId("device", enrolment.device_id), joining, request_id)
    return EnrolledView(
        device_id=enrolment.device_id,
        device_token=device_token(enrolment.device_id, ports.device_token_key()),
        ring=ring,
        next_heartbeat_seconds=ports.active_heartbeat.total_seconds(),
    )


def _ring_of(ports: DevicePorts, enrolment: EnrolRequest) -> str:
    if enrolment.ring is not None:
        return read_ring(ports.catalog, enrolment.ring).name
    standing = read_agent(ports.agents, "device", enrolment.device_id, Device)
    if standing is not None and standing.is_registered:
        return standing.ring
    return assign_ring(enrolment.device_id, ports.catalog.rings())
