"""How a deployment reacts: it opens rings, takes commands, and keeps the record of what came of them."""

from dataclasses import replace
from datetime import datetime

from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import CompleteTask, Effect, Publish, Send
from lambdas.actors.lanes import Lane
from lambdas.actors.turn import Turn
from lambdas.agents.deployment.commands import on_abort_deployment, on_pause_deployment, on_resume_deployment
from lambdas.agents.deployment.messages import (
    AbortDeployment,
    CompleteRehearsal,
    EndDeployment,
    EnterRing,
    OpenDeployment,
    PauseDeployment,
    ResumeDeployment,
    RingEnded,
    RingJudged,
    StartRehearsal,
)
from lambdas.agents.deployment.rings import analyst, entered, with_ring
from lambdas.agents.deployment.state import (
    Deployment,
    DeploymentStatus,
    PendingEntry,
    RingProgress,
    RingStatus,
)
from lambdas.agents.ring_analyst.messages import HaltRing
from lambdas.fleet.events import DeploymentEnded, DeploymentStarted, RingHalted, RingPromoted, RingRolledBack


def on_open_deployment(deployment: Deployment, message: OpenDeployment, now: datetime) -> Turn[Deployment]:
    """Take up the plan; a second word of the same deployment changes nothing."""
    if deployment.status is not DeploymentStatus.UNKNOWN:
        return Turn(deployment)
    opened = replace(
        deployment,
        status=DeploymentStatus.PLANNED,
        release=message.release,
        plan=message.plan,
        rings=tuple(RingProgress(ring) for ring in message.plan.rings),
        created_at=now,
    )
    started = DeploymentStarted(deployment.deployment_id, message.release, message.plan.rings, now)
    return Turn(opened, (Publish(started),))


def on_enter_ring(deployment: Deployment, message: EnterRing, now: datetime) -> Turn[Deployment]:
    """Open the ring, refuse it after an abort, or have the supervisor wait out a pause."""
    entry = PendingEntry(message.ring, message.devices, message.batches, message.task_token)
    if deployment.status is DeploymentStatus.PAUSED:
        return Turn(replace(deployment, pending_entry=entry))
    if deployment.status is DeploymentStatus.ABORTING or deployment.status.is_final:
        return Turn(deployment, (CompleteTask(message.task_token, {"answer": "abort"}),))
    return entered(deployment, entry, now)


def on_ring_judged(deployment: Deployment, message: RingJudged, now: datetime) -> Turn[Deployment]:
    """Write the verdict down; a bad one is announced at once."""
    judged = with_ring(
        deployment,
        message.ring,
        lambda ring: replace(
            ring, status=RingStatus(message.verdict), finding=message.finding, outcomes=message.outcomes
        ),
    )
    if message.verdict == RingStatus.PASSED:
        return Turn(judged)
    halted = RingHalted(deployment.deployment_id, message.ring, message.finding, message.outcomes, now)
    return Turn(judged, (Publish(halted),))


def on_ring_ended(deployment: Deployment, message: RingEnded, now: datetime) -> Turn[Deployment]:
    """Close the ring's record and announce what became of it."""
    before = next((ring for ring in deployment.rings if ring.ring == message.ring), RingProgress(message.ring))
    ended = with_ring(
        deployment, message.ring, lambda ring: replace(ring, status=RingStatus(message.outcome), ended_at=now)
    )
    if message.outcome == RingStatus.SKIPPED:
        return Turn(ended)
    announced: Effect
    if message.outcome == RingStatus.PROMOTED:
        promoted = RingPromoted(deployment.deployment_id, message.ring, before.finding, before.outcomes, now)
        announced = Publish(promoted)
    else:
        announced = Publish(RingRolledBack(deployment.deployment_id, message.ring, now))
    return Turn(ended, (announced,))


def on_end_deployment(deployment: Deployment, message: EndDeployment, now: datetime) -> Turn[Deployment]:
    """Take the supervisor's word for the end; after an abort it ends aborted, whatever was rolled back.

    A deployment that failed has no supervisor any more: the ring that is being filled is halted.
    """
    if deployment.status.is_final:
        return Turn(deployment)
    outcome = DeploymentStatus(message.outcome)
    if deployment.status is DeploymentStatus.ABORTING and outcome is not DeploymentStatus.PROMOTED:
        outcome = DeploymentStatus.ABORTED
    reason = deployment.reason if outcome is DeploymentStatus.ABORTED and deployment.reason else message.reason
    skipped = [ring.ring for ring in deployment.rings if ring.status is RingStatus.SKIPPED]
    if outcome is DeploymentStatus.PROMOTED and skipped:
        reason = f"{reason}, but for want of eligible devices: {', '.join(skipped)}"
    ended = replace(deployment, status=outcome, reason=reason, ended_at=now)
    announced = DeploymentEnded(deployment.deployment_id, deployment.release, outcome.value, reason, now)
    ring = deployment.running_ring if outcome is DeploymentStatus.FAILED else None
    if ring is None:
        return Turn(ended, (Publish(announced),))
    halt = Send(analyst(deployment, ring.ring), HaltRing(f"the deployment failed: {reason}"), Lane.CONTROL)
    return Turn(ended, (halt, Publish(announced)))


def on_start_rehearsal(deployment: Deployment, message: StartRehearsal, now: datetime) -> Turn[Deployment]:
    """Note which simulated devices the rehearsal strains."""
    if deployment.status is not DeploymentStatus.UNKNOWN:
        return Turn(deployment)
    return Turn(
        replace(deployment, status=DeploymentStatus.REHEARSING, affected=message.affected, created_at=now),
    )


def on_complete_rehearsal(deployment: Deployment, message: CompleteRehearsal, now: datetime) -> Turn[Deployment]:
    """Note which of them recovered."""
    if deployment.status is not DeploymentStatus.REHEARSING:
        return Turn(deployment)
    return Turn(
        replace(deployment, status=DeploymentStatus.REHEARSED, recovered=message.recovered, ended_at=now),
    )


BEHAVIOR = Behavior(
    kind="deployment",
    state_type=Deployment,
    initial_state=Deployment,
    reactions={
        OpenDeployment: on_open_deployment,
        EnterRing: on_enter_ring,
        RingJudged: on_ring_judged,
        RingEnded: on_ring_ended,
        EndDeployment: on_end_deployment,
        PauseDeployment: on_pause_deployment,
        ResumeDeployment: on_resume_deployment,
        AbortDeployment: on_abort_deployment,
        StartRehearsal: on_start_rehearsal,
        CompleteRehearsal: on_complete_rehearsal,
    },
)
