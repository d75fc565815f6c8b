"""Takes what devices say of their installs and tasks."""

import hashlib
import json

from lambdas.actors.actor_id import ActorId
from lambdas.agents.device.messages import InstallEnded, InstallProgressed, TaskEnded
from lambdas.agents.device.state import Device, DeviceDeployment
from lambdas.agents.task.state import Task
from lambdas.api.agent_reading import read_agent
from lambdas.api.errors import ApiError, ConflictError, InvalidRequestError, unknown
from lambdas.api.views.device_api import ProgressRequest, TaskResultRequest
from lambdas.fleet.install_states import InstallState
from lambdas.wiring.device_api import DevicePorts

RESULT_LIMIT_BYTES = 32 * 1024


def take_progress(ports: DevicePorts, deployment_id: str, progress: ProgressRequest) -> None:
    """Tell the device's agent; raises ConflictError when the deployment is not its work any more.

    The end of an install is always heard: only the device knows what it runs, also after it was given up.
    """
    device = read_agent(ports.agents, "device", progress.device_id, Device)
    current = device.deployment if device else None
    if current is None or current.deployment_id != deployment_id or not _is_welcome(current, progress.state):
        raise _not_in_hand(ports, deployment_id, progress.device_id)

    message: InstallProgressed | InstallEnded
    if progress.state.is_final:
        message = InstallEnded(deployment_id, progress.state, progress.running_release, progress.reason)
    else:
        message = InstallProgressed(deployment_id, progress.state)
    ports.mailbox.tell(ActorId("device", progress.device_id), message, _progress_id(current, progress))


def take_task_result(ports: DevicePorts, task_id: str, ended: TaskResultRequest) -> None:
    """Tell the device's agent; raises NotFoundError when the device does not have the task in hand.

    A result that is sent again after it was taken is taken once more, without effect.
    """
    result = json.dumps(ended.result, separators=(",", ":"))
    if len(result.encode()) > RESULT_LIMIT_BYTES:
        raise InvalidRequestError(
            "result_too_large",
            f"the result has {len(result.encode())} bytes as JSON",
            field="result",
            remedy=f"Send at most {RESULT_LIMIT_BYTES} bytes.",
        )
    device = read_agent(ports.agents, "device", ended.device_id, Device)
    in_hand = next((task for task in device.tasks if task.task_id == task_id), None) if device else None
    if in_hand is not None:
        told = TaskEnded(task_id, ended.succeeded, result)
        said = f"{ended.device_id}|{in_hand.attempt}|{ended.succeeded}|{result}"
        said = hashlib.sha256(said.encode()).hexdigest()[:32]
        ports.mailbox.tell(ActorId("device", ended.device_id), told, f"task-{task_id}-{said}")
        return
    task = read_agent(ports.agents, "task", task_id, Task)
    if task is None or task.device_id != ended.device_id or task.result != result:
        raise unknown(
            "task", task_id, field="task_id", remedy="The device does not have it in hand; drop it and go on."
        )


def _is_welcome(current: DeviceDeployment, state: InstallState) -> bool:
    """Whether word of this state still matters: a device that has not begun shall not begin what was called off."""
    return not current.state.is_final or state.is_final or state is InstallState.VERIFYING


def _not_in_hand(ports: DevicePorts, deployment_id: str, device_id: str) -> ApiError:
    if ports.catalog.deployment(deployment_id) is None:
        return unknown("deployment", deployment_id, field="deployment_id", remedy="Stop, and send a heartbeat.")
    return ConflictError(
        "not_in_hand",
        f"deployment {deployment_id!r} is not the work of device {device_id!r} any more",
        field="deployment_id",
        remedy="Stop before changing what runs, and send a heartbeat: it is answered with the work in hand.",
    )


def _progress_id(current: DeviceDeployment, progress: ProgressRequest) -> str:
    """The same for the same word on the same piece of work, so that a client's retry is one message."""
    said = (
        progress.device_id,
        current.batch,
        current.purpose.value,
        progress.state.value,
        progress.running_release,
        progress.reason,
    )
    return f"progress-{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:40]}"
