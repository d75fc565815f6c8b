"""Registers devices that no client enrolled: real assets, and simulated devices."""

from dataclasses import asdict
from datetime import timedelta

from lambdas.actors.actor_id import ActorId
from lambdas.agents.device.messages import RegisterDevice
from lambdas.agents.device.state import Device
from lambdas.api.agent_reading import read_agent
from lambdas.api.errors import ConflictError
from lambdas.api.ring_reading import read_ring
from lambdas.api.views.orchestration import AssetOrder, DeviceRegistered, SpawnOrder
from lambdas.api.waiting import wait_for_agents
from lambdas.fleet.devices import DeviceDetails
from lambdas.fleet.rings import assign_ring
from lambdas.fleet.simulated_devices import random_details
from lambdas.wiring.operator_api import OperatorPorts

PATIENCE = timedelta(seconds=3)
"""How long a registration waits for the agent to have joined."""


def add_asset(ports: OperatorPorts, order: AssetOrder, request_id: str) -> DeviceRegistered:
    """Register a real asset; the same asset registered again is the same one."""
    details = DeviceDetails(order.name, order.manufacturer, order.model, order.os_name, order.site, order.department)
    standing = read_agent(ports.agents, "device", order.id, Device)
    if standing is not None and standing.is_registered:
        if (standing.details, standing.is_simulated, standing.has_client) != (details, False, False):
            raise _taken(order.id, "id")
        return _registered(standing, is_applied=True)
    return _join(ports, order.id, _joining(ports, order.id, details, order.ring, is_simulated=False), request_id)


def spawn_agent(ports: OperatorPorts, order: SpawnOrder, request_id: str) -> DeviceRegistered:
    """Make a simulated device with random details."""
    device_id = order.agent_id or f"simulated-{ports.new_id()}"
    standing = read_agent(ports.agents, "device", device_id, Device)
    if standing is not None and standing.is_registered:
        raise _taken(device_id, "agent_id")
    details = random_details(device_id, ports.randomness)
    return _join(ports, device_id, _joining(ports, device_id, details, order.ring, is_simulated=True), request_id)


def _join(ports: OperatorPorts, device_id: str, joining: RegisterDevice, request_id: str) -> DeviceRegistered:
    agent = ActorId("device", device_id)
    ports.mailbox.tell(agent, joining, request_id)
    pending = wait_for_agents(ports, [agent], Device, lambda device: device.is_registered, PATIENCE)
    joined = Device(device_id, details=joining.details, ring=joining.ring, is_simulated=joining.is_simulated)
    return _registered(joined, is_applied=not pending)


def _joining(
    ports: OperatorPorts, device_id: str, details: DeviceDetails, ring: str | None, *, is_simulated: bool
) -> RegisterDevice:
    placed = read_ring(ports.catalog, ring).name if ring is not None else assign_ring(device_id, ports.catalog.rings())
    return RegisterDevice(details, placed, is_simulated, has_client=False)


def _registered(device: Device, *, is_applied: bool) -> DeviceRegistered:
    return DeviceRegistered(
        device_id=device.device_id,
        ring=device.ring,
        is_simulated=device.is_simulated,
        details=asdict(device.details),
        is_applied=is_applied,
    )


def _taken(device_id: str, field: str) -> ConflictError:
    told = f"device {device_id!r} exists already"
    return ConflictError("device_exists", told, field=field, remedy="Choose another id.")
