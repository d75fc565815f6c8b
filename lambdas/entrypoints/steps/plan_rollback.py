"""Step PlanRollback: finds the devices of a ring that took a release and cuts them into batches, one JSON line each."""

import os
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.agents.batch.batch_line import BatchLine
from lambdas.agents.batch.messages import BatchPurpose
from lambdas.agents.batch.state import Batch, BatchPhase
from lambdas.fleet.batches import FIRST_BATCH, install_batch_keys, rollback_batch_key
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.plans import cut_batches
from lambdas.fleet.releases import Release
from lambdas.observability import logger
from lambdas.settings.plan_rollback import PlanRollbackSettings
from lambdas.wiring.planning import PlanningPorts, planning_ports

BATCHES_PER_READ = 50
NEVER_TOOK_IT = frozenset({InstallState.ROLLED_BACK, InstallState.CANCELLED, InstallState.DEFERRED})
"""Outcomes after which a device surely runs what it ran before; any other leaves a doubt."""


class RollbackOrder(msgspec.Struct, frozen=True):
    """What the state machine passes in."""

    deployment_id: str
    ring: str
    batches: int
    """Batches in which the release went out to the ring."""
    release: Release


class PlannedRollback(msgspec.Struct, frozen=True):
    """What it gets back; without batches, nothing is to be rolled back."""

    batches: int
    devices: int
    key: str


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take the rollback's input; answer its batches."""
    planned = plan_rollback(_ports(), msgspec.convert(event, RollbackOrder))
    logger.info("rollback planned", extra={"deployment_id": event["deployment_id"], "devices": planned.devices})
    answer: dict[str, Any] = msgspec.to_builtins(planned)
    return answer


def plan_rollback(ports: PlanningPorts, order: RollbackOrder) -> PlannedRollback:
    """Write the batches of the rollback, as large and as patient as those that brought the release."""
    devices: list[str] = []
    batch_size, timeout_seconds = 1, 0.0
    for batch in _install_batches(ports, order):
        devices += devices_in_doubt(batch)
        batch_size = max(batch_size, len(batch.devices))
        timeout_seconds = max(timeout_seconds, batch.timeout_seconds)

    batches = cut_batches(devices, batch_size)
    key = f"rollbacks/{order.deployment_id}/{order.ring}.jsonl"
    ports.artifacts.write_lines(key, _lines(order, batches, timeout_seconds))
    return PlannedRollback(len(batches), len(devices), key)


def devices_in_doubt(batch: Batch) -> list[str]:
    """Devices that took the release, or may have; one that was never offered it is not among them."""
    if batch.phase in (BatchPhase.UNOPENED, BatchPhase.WAITING):
        return []
    return [device_id for device_id in batch.devices if batch.outcomes.get(device_id) not in NEVER_TOOK_IT]


def _install_batches(ports: PlanningPorts, order: RollbackOrder) -> Iterator[Batch]:
    """Read the batches of the ring in order, a few at a time."""
    keys = install_batch_keys(order.deployment_id, order.ring, order.batches)
    while agents := [ActorId("batch", key) for key in islice(keys, BATCHES_PER_READ)]:
        found = ports.agents.get_many(agents)
        for agent in agents:
            if agent in found:
                yield msgspec.json.decode(found[agent].state, type=Batch)


def _lines(order: RollbackOrder, batches: Sequence[Sequence[str]], timeout_seconds: float) -> Iterator[bytes]:
    for number, devices in enumerate(batches, FIRST_BATCH):
        line = BatchLine(
            batch=str(ActorId("batch", rollback_batch_key(order.deployment_id, order.ring, number))),
            deployment_id=order.deployment_id,
            ring=order.ring,
            number=number,
            purpose=BatchPurpose.ROLL_BACK,
            release=order.release,
            devices=tuple(devices),
            timeout_seconds=timeout_seconds,
        )
        yield line.encoded()


@cache
def _ports() -> PlanningPorts:
    return planning_ports(PlanRollbackSettings.from_environment(os.environ))
