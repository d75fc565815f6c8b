"""The rings of a deployment's record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from lambdas.actors.actor_id import ActorId
from lambdas.actors.effects import CompleteTask, Publish, Send
from lambdas.actors.turn import Turn
from lambdas.agents.deployment.state import Deployment, DeploymentStatus, PendingEntry, RingProgress, RingStatus
from lambdas.agents.ring_analyst.messages import OpenRing
from lambdas.fleet.events import RingStarted
from lambdas.fleet.plans import RingPolicy


def with_ring(deployment: Deployment, name: str, change: Callable[[RingProgress], RingProgress]) -> Deployment:
    """Change the record of one ring."""
    return replace(deployment, rings=tuple(change(ring) if ring.ring == name else ring for ring in deployment.rings))


def entered(deployment: Deployment, entry: PendingEntry, now: datetime) -> Turn[Deployment]:
    """Open a ring: its analyst begins to watch, its supervisor may go on."""
    running = with_ring(
        replace(deployment, status=DeploymentStatus.RUNNING, pending_entry=None),
        entry.ring,
        lambda ring: replace(
            ring, status=RingStatus.RUNNING, devices=entry.devices, batches=entry.batches, started_at=now
        ),
    )
    policy = deployment.plan.policy if deployment.plan else RingPolicy()
    watch = OpenRing(deployment.deployment_id, entry.ring, entry.devices, entry.batches, policy)
    return Turn(
        running,
        (
            Send(analyst(deployment, entry.ring), watch),
            Publish(RingStarted(deployment.deployment_id, entry.ring, now)),
            CompleteTask(entry.task_token, {"answer": "go"}),
        ),
    )


def analyst(deployment: Deployment, ring: str) -> ActorId:
    """Address the analyst of a ring of this deployment."""
    return ActorId("ring_analyst", f"{deployment.deployment_id}/{ring}")
