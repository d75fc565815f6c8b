"""Deployments as the catalog and their agents know them."""

from collections.abc import Iterator, Sequence

from lambdas.actors.actor_id import ActorId
from lambdas.agents.batch.state import Batch
from lambdas.agents.deployment.state import Deployment, DeploymentStatus, RingProgress, RingStatus
from lambdas.agents.ring_analyst.state import RingWatch
from lambdas.api.agent_reading import read_agent, read_agents
from lambdas.api.errors import InvalidRequestError, unknown
from lambdas.api.views.deployments import (
    DeploymentSummary,
    DeploymentView,
    DeviceOutcomePage,
    DeviceOutcomeView,
    OutcomesView,
    RingProgressView,
)
from lambdas.fleet.batches import install_batch_keys
from lambdas.fleet.catalog import CatalogDeployment, DeploymentMode
from lambdas.wiring.operator_api import OperatorPorts

BATCHES_PER_READ = 20


def read_deployment(ports: OperatorPorts, deployment_id: str) -> CatalogDeployment:
    """Read what was asked for; raises NotFoundError when nothing was under that id."""
    entry = ports.catalog.deployment(deployment_id)
    if entry is None:
        raise unknown(
            "deployment", deployment_id, field="deployment_id", remedy="GET /v1/deployments lists the deployments."
        )
    return entry


def read_progress(ports: OperatorPorts, entry: CatalogDeployment) -> Deployment:
    """Read how far a deployment has come; one whose agent has not spoken yet has just begun."""
    return _progress(entry, read_agent(ports.agents, "deployment", entry.deployment_id, Deployment))


def _progress(entry: CatalogDeployment, progress: Deployment | None) -> Deployment:
    if progress is not None and progress.status is not DeploymentStatus.UNKNOWN:
        return progress
    is_rehearsal = entry.mode is DeploymentMode.REHEARSAL
    return Deployment(
        entry.deployment_id,
        status=DeploymentStatus.REHEARSING if is_rehearsal else DeploymentStatus.PLANNED,
        rings=tuple(RingProgress(ring) for ring in entry.plan.rings) if entry.plan else (),
        affected=entry.affected,
    )


def deployment_summaries(ports: OperatorPorts, entries: Sequence[CatalogDeployment]) -> list[DeploymentSummary]:
    """Show what was asked for, and how far each has come."""
    keys = [entry.deployment_id for entry in entries]
    known = read_agents(ports.agents, "deployment", keys, Deployment) if keys else {}
    return [
        DeploymentSummary(
            deployment_id=entry.deployment_id,
            release=entry.release.version if entry.release else None,
            mode=entry.mode,
            status=_progress(entry, known.get(entry.deployment_id)).status,
            created_at=entry.created_at,
        )
        for entry in entries
    ]


def deployment_view(ports: OperatorPorts, entry: CatalogDeployment) -> DeploymentView:
    """Show a deployment with the outcomes of its rings as they stand."""
    progress = read_progress(ports, entry)
    begun = [ring.ring for ring in progress.rings if ring.status is not RingStatus.WAITING]
    keys = [f"{entry.deployment_id}/{ring}" for ring in begun]
    watches = read_agents(ports.agents, "ring_analyst", keys, RingWatch) if keys else {}
    return DeploymentView(
        deployment_id=entry.deployment_id,
        release=entry.release.version if entry.release else None,
        mode=entry.mode,
        status=progress.status,
        reason=progress.reason,
        rings=[_ring_view(ring, watches.get(f"{entry.deployment_id}/{ring.ring}")) for ring in progress.rings],
        affected=list(progress.affected),
        recovered=list(progress.recovered),
        created_at=entry.created_at,
        ended_at=progress.ended_at,
    )


def device_outcomes(
    ports: OperatorPorts, entry: CatalogDeployment, ring: str | None, limit: int, cursor: str | None
) -> DeviceOutcomePage:
    """Show what became of the devices, batch by batch; devices whose batch has not opened yet are not shown."""
    rings = read_progress(ports, entry).rings
    if ring is not None and ring not in {progress.ring for progress in rings}:
        raise unknown("ring", ring, remedy=f"The rings of this deployment: {', '.join(r.ring for r in rings)}.")
    keys = [
        key
        for progress in rings
        if ring in (None, progress.ring)
        for key in install_batch_keys(entry.deployment_id, progress.ring, progress.batches)
    ]
    start, offset = _position(cursor, len(keys))
    shown: list[DeviceOutcomeView] = []
    for place, batch in _batches(ports, keys, start):
        room = limit - len(shown)
        shown += [_outcome_view(batch, device_id) for device_id in batch.devices[offset : offset + room]]
        if len(batch.devices) > offset + room:
            return DeviceOutcomePage(devices=shown, cursor=f"{place}.{offset + room}")
        offset = 0
        if len(shown) == limit:
            following = f"{place + 1}.0" if place + 1 < len(keys) else None
            return DeviceOutcomePage(devices=shown, cursor=following)
    return DeviceOutcomePage(devices=shown, cursor=None)


def _batches(ports: OperatorPorts, keys: list[str], start: int) -> Iterator[tuple[int, Batch]]:
    for first in range(start, len(keys), BATCHES_PER_READ):
        wanted = keys[first : first + BATCHES_PER_READ]
        batches = read_agents(ports.agents, "batch", wanted, Batch)
        yield from ((first + place, batches[key]) for place, key in enumerate(wanted) if key in batches)


def _position(cursor: str | None, batches: int) -> tuple[int, int]:
    """Read a cursor: number of the batch, and of the device in it."""
    if cursor is None:
        return 0, 0
    batch, _, device = cursor.partition(".")
    is_ours = batch.isascii() and device.isascii() and batch.isdecimal() and device.isdecimal()
    if not is_ours or len(cursor) > 20 or int(batch) >= batches:
        raise InvalidRequestError(
            "invalid_cursor",
            f"{cursor[:40]!r} is no cursor of this list",
            field="cursor",
            remedy="Start from the first page, without a cursor.",
        )
    return int(batch), int(device)


def _ring_view(ring: RingProgress, watch: RingWatch | None) -> RingProgressView:
    outcomes = watch.outcomes if watch and watch.is_open else ring.outcomes
    finding = ring.finding or (watch.finding if watch else "")
    return RingProgressView(
        ring=ring.ring,
        status=ring.status,
        devices=ring.devices,
        batches=ring.batches,
        outcomes=OutcomesView.model_validate(outcomes),
        finding=finding,
        started_at=ring.started_at,
        ended_at=ring.ended_at,
    )


def _outcome_view(batch: Batch, device_id: str) -> DeviceOutcomeView:
    return DeviceOutcomeView(
        device_id=device_id,
        ring=batch.ring,
        batch=batch.batch if batch.batch.startswith("batch/") else str(ActorId("batch", batch.batch)),
        outcome=batch.outcomes.get(device_id),
        reason=batch.reasons.get(device_id, ""),
    )
