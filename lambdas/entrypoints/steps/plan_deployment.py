"""Step PlanDeployment: finds the devices of each ring and cuts them into batches, one JSON line each."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.agents.batch.batch_line import BatchLine
from lambdas.agents.batch.messages import BatchPurpose
from lambdas.fleet.batches import FIRST_BATCH, install_batch_key
from lambdas.fleet.plans import RolloutPlan, cut_batches
from lambdas.fleet.releases import Release
from lambdas.observability import logger
from lambdas.settings.plan_deployment import PlanDeploymentSettings
from lambdas.wiring.planning import PlanningPorts, planning_ports

LISTING_PAGE = 1000


class PlanOrder(msgspec.Struct, frozen=True):
    """What the state machine passes in."""

    deployment_id: str
    release: Release
    plan: RolloutPlan


class PlannedRing(msgspec.Struct, frozen=True):
    """What it gets back of each ring; one without devices is passed over."""

    ring: str
    devices: int
    batches: int
    key: str


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take the deployment's input; answer its rings with their batches."""
    planned = plan_deployment(_ports(), msgspec.convert(event, PlanOrder))
    logger.info("deployment planned", extra={"deployment_id": event["deployment_id"], "rings": len(planned)})
    return {"rings": msgspec.to_builtins(planned)}


def plan_deployment(ports: PlanningPorts, order: PlanOrder) -> list[PlannedRing]:
    """Write the batches of every ring. Run again, it writes the same lists for the same fleet."""
    devices = eligible_devices(ports, order)
    planned: list[PlannedRing] = []
    for ring in order.plan.rings:
        batches = cut_batches(devices[ring], order.plan.policy.batch_size)
        key = f"plans/{order.deployment_id}/{ring}.jsonl"
        ports.artifacts.write_lines(key, _lines(order, ring, batches))
        planned.append(PlannedRing(ring, len(devices[ring]), len(batches), key))
    return planned


def eligible_devices(ports: PlanningPorts, order: PlanOrder) -> dict[str, list[str]]:
    """Devices of the plan's rings that have a client and do not run the release yet, in random but fixed order."""
    devices: dict[str, list[str]] = {ring: [] for ring in order.plan.rings}
    cursor: str | None = None
    while True:
        page = ports.agents.list("device", LISTING_PAGE, cursor)
        for listing in page.agents:
            listed = listing.listed
            of_ring = devices.get(listed.get("ring", ""))
            has_client = listed.get("has_client") == "true"
            if of_ring is not None and has_client and listed.get("running_release") != order.release.version:
                of_ring.append(listing.agent.key)
        cursor = page.cursor
        if cursor is None:
            break
    for of_ring in devices.values():
        of_ring.sort(key=lambda device_id: _place(order.deployment_id, device_id))
    return devices


def _place(deployment_id: str, device_id: str) -> bytes:
    return hashlib.sha256(f"{deployment_id}|{device_id}".encode()).digest()


def _lines(order: PlanOrder, ring: str, batches: Sequence[Sequence[str]]) -> Iterator[bytes]:
    for number, devices in enumerate(batches, FIRST_BATCH):
        agent = ActorId("batch", install_batch_key(order.deployment_id, ring, number))
        line = BatchLine(
            batch=str(agent),
            deployment_id=order.deployment_id,
            ring=ring,
            number=number,
            purpose=BatchPurpose.INSTALL,
            release=order.release,
            devices=tuple(devices),
            timeout_seconds=order.plan.policy.batch_timeout.total_seconds(),
        )
        yield line.encoded()


@cache
def _ports() -> PlanningPorts:
    return planning_ports(PlanDeploymentSettings.from_environment(os.environ))
