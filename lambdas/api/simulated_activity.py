"""Moves the vitals of simulated devices, never of real ones."""

from collections.abc import Callable, Sequence

from lambdas.actors.actor_id import ActorId
from lambdas.agents.device.messages import MoveVitals
from lambdas.agents.device.state import Device
from lambdas.api.agent_reading import read_agents
from lambdas.api.waiting import wait_for_agents
from lambdas.fleet.rehearsals import Randomness, VitalsMove
from lambdas.fleet.vitals import Vitals
from lambdas.wiring.operator_api import OperatorPorts

SIMULATED_LIMIT = 1000
"""Simulated devices that one request moves; a larger simulated fleet takes part with as many."""

Movement = Callable[[Vitals, Randomness], VitalsMove]


def move_vitals(ports: OperatorPorts, device_ids: Sequence[str], activity_id: str, movement: Movement) -> None:
    """Tell each simulated device its own move; one that has applied this activity already is not told again."""
    devices = read_agents(ports.agents, "device", device_ids, Device)
    told: list[tuple[ActorId, MoveVitals]] = []
    for device_id in device_ids:
        device = devices.get(device_id)
        if device is None or not device.is_simulated or device.vitals is None or device.last_activity == activity_id:
            continue
        move = movement(device.vitals, ports.randomness)
        message = MoveVitals(activity_id, move.cpu_points, move.memory_points, move.battery_points)
        told.append((ActorId("device", device_id), message))
    if told:
        ports.mailbox.tell_all(told, activity_id)


def wait_for_activity(ports: OperatorPorts, device_ids: Sequence[str], activity_id: str) -> list[str]:
    """Wait, for a bounded time, until the devices have moved; names those that have not."""
    agents = [ActorId("device", device_id) for device_id in device_ids]
    left = wait_for_agents(ports, agents, Device, lambda device: device.last_activity == activity_id, ports.patience)
    return [agent.key for agent in left]
