"""Devices as their agents and the device metrics know them."""

from collections.abc import Sequence
from itertools import islice

from lambdas.actors.ports import AgentListing
from lambdas.agents.device.state import Device, DeviceDeployment
from lambdas.api.agent_reading import list_agents, read_agent, read_agents
from lambdas.api.errors import unknown
from lambdas.api.views.devices import DeviceDeploymentView, DeviceDetailsView, DevicePage, DeviceView, VitalsView
from lambdas.fleet.device_samples import LatestSample
from lambdas.wiring.operator_api import OperatorPorts

PAGES_PER_REQUEST = 20
"""A filter that few devices pass answers with a cursor after this many pages, rather than searching on."""


def read_device(ports: OperatorPorts, device_id: str) -> Device:
    """Read a device; raises NotFoundError when none of that id ever joined the fleet."""
    device = read_agent(ports.agents, "device", device_id, Device)
    if device is None or not device.is_registered:
        raise unknown("device", device_id, field="device_id", remedy="GET /v1/devices lists the devices.")
    return device


def device_views(ports: OperatorPorts, device_ids: Sequence[str]) -> list[DeviceView]:
    """Read devices in the order named; those that never joined are left out."""
    devices = read_agents(ports.agents, "device", device_ids, Device)
    latest = ports.metrics.latest(device_ids)
    known = (devices.get(device_id) for device_id in device_ids)
    return [view_of(device, latest.get(device.device_id)) for device in known if device and device.is_registered]


def device_page(ports: OperatorPorts, ring: str | None, limit: int, cursor: str | None) -> DevicePage:
    """Read a page of the devices, of one ring or of all."""
    found: list[str] = []
    for _ in range(PAGES_PER_REQUEST):
        page = ports.agents.list("device", limit - len(found), cursor)
        found += [listing.agent.key for listing in page.agents if _is_in(ring, listing)]
        cursor = page.cursor
        if cursor is None or len(found) == limit:
            break
    return DevicePage(devices=device_views(ports, found), cursor=cursor)


def simulated_device_ids(ports: OperatorPorts, limit: int) -> tuple[list[str], bool]:
    """Name simulated devices, up to a limit, and whether these are all."""
    simulated = (
        listing.agent.key
        for listing in list_agents(ports.agents, "device")
        if listing.listed.get("is_simulated") == "true"
    )
    found = list(islice(simulated, limit + 1))
    return found[:limit], len(found) <= limit


def view_of(device: Device, latest: LatestSample | None) -> DeviceView:
    """Show a device: a real one by what it last said, a simulated one by what its agent holds."""
    sample = latest.sample if latest else None
    vitals = device.vitals or (sample.vitals if sample else None)
    return DeviceView(
        device_id=device.device_id,
        details=DeviceDetailsView.model_validate(device.details),
        ring=device.ring,
        is_simulated=device.is_simulated,
        has_client=device.has_client,
        is_online=device.is_online,
        running_release=device.running_release,
        last_good_release=device.last_good.version if device.last_good else None,
        deployment=_deployment_view(device.deployment) if device.deployment else None,
        vitals=VitalsView.model_validate(vitals) if vitals else None,
        last_seen=sample.received_at if sample else device.last_seen,
    )


def _deployment_view(deployment: DeviceDeployment) -> DeviceDeploymentView:
    return DeviceDeploymentView(
        deployment_id=deployment.deployment_id,
        purpose=deployment.purpose,
        state=deployment.state,
        release=deployment.release.version if deployment.release else None,
        reason=deployment.reason,
        updated_at=deployment.updated_at,
    )


def _is_in(ring: str | None, listing: AgentListing) -> bool:
    return "ring" in listing.listed and ring in (None, listing.listed["ring"])
