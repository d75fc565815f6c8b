"""How a deployment takes an operator's commands. A command that does not fit its state changes nothing."""

from dataclasses import replace
from datetime import datetime

from lambdas.actors.effects import CompleteTask, Effect, Publish, Send
from lambdas.actors.lanes import Lane
from lambdas.actors.turn import Turn
from lambdas.agents.deployment.messages import AbortDeployment, PauseDeployment, ResumeDeployment
from lambdas.agents.deployment.rings import analyst, entered
from lambdas.agents.deployment.state import Command, Deployment, DeploymentStatus
from lambdas.agents.ring_analyst.messages import HaltRing, PauseRing, ResumeRing
from lambdas.fleet.events import DeploymentPaused, DeploymentResumed

COMMANDS: dict[DeploymentStatus, tuple[str, ...]] = {
    DeploymentStatus.PLANNED: ("pause", "abort"),
    DeploymentStatus.RUNNING: ("pause", "abort"),
    DeploymentStatus.PAUSED: ("resume", "abort"),
}
"""What an operator may ask of a deployment, by its status."""


def possible_commands(status: DeploymentStatus) -> tuple[str, ...]:
    """Name the commands that fit a status; none fits one that has ended or is ending."""
    return COMMANDS.get(status, ())


def on_pause_deployment(deployment: Deployment, message: PauseDeployment, now: datetime) -> Turn[Deployment]:
    """Open no further batch and no further ring."""
    if "pause" not in possible_commands(deployment.status):
        return Turn(deployment)
    command = Command("pause", message.reason, message.requested_by, now)
    paused = _commanded(deployment, DeploymentStatus.PAUSED, command)
    ring = deployment.running_ring
    told: tuple[Effect, ...] = (Send(analyst(deployment, ring.ring), PauseRing(), Lane.CONTROL),) if ring else ()
    announced = Publish(DeploymentPaused(deployment.deployment_id, message.reason, now))
    return Turn(paused, (*told, announced))


def on_resume_deployment(deployment: Deployment, message: ResumeDeployment, now: datetime) -> Turn[Deployment]:
    """Go on where the pause began."""
    if "resume" not in possible_commands(deployment.status):
        return Turn(deployment)
    command = Command("resume", "", message.requested_by, now)
    resumed = _commanded(deployment, DeploymentStatus.RUNNING, command)
    announced = Publish(DeploymentResumed(deployment.deployment_id, now))
    if resumed.pending_entry is not None:
        turn = entered(resumed, resumed.pending_entry, now)
        return Turn(turn.state, (*turn.effects, announced))
    ring = resumed.running_ring
    told: tuple[Effect, ...] = (Send(analyst(resumed, ring.ring), ResumeRing(), Lane.CONTROL),) if ring else ()
    return Turn(resumed, (*told, announced))


def on_abort_deployment(deployment: Deployment, message: AbortDeployment, now: datetime) -> Turn[Deployment]:
    """Halt the ring that is being filled; its supervisor rolls it back and ends the deployment."""
    if "abort" not in possible_commands(deployment.status):
        return Turn(deployment)
    command = Command("abort", message.reason, message.requested_by, now)
    aborting = replace(_commanded(deployment, DeploymentStatus.ABORTING, command), pending_entry=None)
    if deployment.pending_entry is not None:
        return Turn(aborting, (CompleteTask(deployment.pending_entry.task_token, {"answer": "abort"}),))
    ring = deployment.running_ring
    if ring is None:
        return Turn(aborting)
    return Turn(aborting, (Send(analyst(deployment, ring.ring), HaltRing(message.reason), Lane.CONTROL),))


def _commanded(deployment: Deployment, status: DeploymentStatus, command: Command) -> Deployment:
    return replace(deployment, status=status, reason=command.reason, commands=(*deployment.commands, command))
