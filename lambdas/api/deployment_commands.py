"""Takes an operator's commands to a deployment that is under way."""

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame
from lambdas.actors.lanes import Lane
from lambdas.agents.deployment.commands import possible_commands
from lambdas.agents.deployment.messages import AbortDeployment, PauseDeployment, ResumeDeployment
from lambdas.api.deployment_reading import read_deployment, read_progress
from lambdas.api.errors import ConflictError
from lambdas.api.views.deployments import CommandView
from lambdas.wiring.operator_api import OperatorPorts

DeploymentCommand = PauseDeployment | ResumeDeployment | AbortDeployment

NAMES: dict[type[DeploymentCommand], str] = {
    PauseDeployment: "pause",
    ResumeDeployment: "resume",
    AbortDeployment: "abort",
}


def command_deployment(
    ports: OperatorPorts, deployment_id: str, command: DeploymentCommand, request_id: str
) -> CommandView:
    """Tell the deployment; raises ConflictError naming its status and what fits it when the command does not."""
    name = NAMES[type(command)]
    status = read_progress(ports, read_deployment(ports, deployment_id)).status
    possible = possible_commands(status)
    if name not in possible:
        remedy = f"Possible now: {', '.join(possible)}." if possible else "No command fits this status."
        raise ConflictError(
            "command_does_not_fit",
            f"deployment {deployment_id!r} is {status.value}, it cannot {name}",
            field="command",
            remedy=remedy,
        )
    frame = Frame(ActorId("deployment", deployment_id), (encode_message(command),), to_lane=Lane.CONTROL)
    ports.mailbox.post(frame, request_id)
    return CommandView(deployment_id=deployment_id, command=name, status=status)
