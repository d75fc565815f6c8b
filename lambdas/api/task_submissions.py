"""Submits tasks: finds the devices that could do them, and hands them to the scheduler."""

import json
from datetime import timedelta
from itertools import islice

from lambdas.actors.actor_id import ActorId
from lambdas.agents.device.state import Device
from lambdas.agents.task.state import Task
from lambdas.agents.task_scheduler.messages import Candidate, SubmitTask
from lambdas.agents.task_scheduler.state import CANDIDATES_LIMIT
from lambdas.api.admission_control import admit
from lambdas.api.agent_reading import list_agents, read_agent, read_agents
from lambdas.api.device_reading import read_device
from lambdas.api.errors import ConflictError, InvalidRequestError, unknown
from lambdas.api.views.tasks import PAYLOAD_LIMIT_BYTES, TaskAccepted, TaskRequest, TaskView
from lambdas.api.waiting import wait_for_agents
from lambdas.fleet.tasks import TaskStatus, load_score
from lambdas.fleet.vitals import Vitals
from lambdas.wiring.operator_api import OperatorPorts

SCHEDULER = ActorId("task_scheduler", "0")
LISTING_LIMIT = 500
"""Devices among which the least loaded are sought."""
RECORD_PATIENCE = timedelta(seconds=2)
"""How long a submission waits for the task to be on record."""
UNKNOWN_LOAD = 0.5
"""Load of a device that can be heard but has not said how it is."""


def submit_task(ports: OperatorPorts, request: TaskRequest) -> TaskAccepted:
    """Queue a task; the same id with the same content is the same task."""
    payload = _encoded_payload(request)
    task_id = request.task_id or f"task-{ports.new_id()}"
    standing = read_agent(ports.agents, "task", task_id, Task)
    if standing is not None:
        return _same_task(standing, request, payload)

    admit(ports, SCHEDULER.kind)
    submitted = SubmitTask(
        task_id=task_id,
        type=request.type,
        payload=payload,
        priority=request.priority,
        candidates=_candidates(ports, request.target),
        max_attempts=request.max_attempts,
        timeout_seconds=request.timeout_seconds,
    )
    ports.mailbox.tell(SCHEDULER, submitted, f"submit-{task_id}")
    record = ActorId("task", task_id)
    wait_for_agents(ports, [record], Task, lambda task: task.submitted_at is not None, RECORD_PATIENCE)
    return TaskAccepted(task_id=task_id, status=TaskStatus.QUEUED)


def task_view(ports: OperatorPorts, task_id: str) -> TaskView:
    """Show a task; raises NotFoundError when none of that id is on record."""
    task = read_agent(ports.agents, "task", task_id, Task)
    if task is None:
        raise unknown("task", task_id, field="task_id", remedy="A task is on record moments after it was accepted.")
    return TaskView(
        task_id=task.task_id,
        type=task.type,
        payload=json.loads(task.payload),
        priority=task.priority,
        status=task.status,
        device_id=task.device_id,
        attempt=task.attempt,
        max_attempts=task.max_attempts,
        result=json.loads(task.result) if task.result is not None else None,
        submitted_at=task.submitted_at,
        updated_at=task.updated_at,
    )


def _encoded_payload(request: TaskRequest) -> str:
    payload = json.dumps(request.payload, separators=(",", ":"), sort_keys=True)
    size_bytes = len(payload.encode())
    if size_bytes > PAYLOAD_LIMIT_BYTES:
        raise InvalidRequestError(
            "payload_too_large",
            f"the payload has {size_bytes} bytes as JSON",
            field="payload",
            remedy=f"Send at most {PAYLOAD_LIMIT_BYTES} bytes, or a URL of the rest.",
        )
    return payload


def _same_task(standing: Task, request: TaskRequest, payload: str) -> TaskAccepted:
    asked = (request.type, payload, request.priority, request.max_attempts)
    if asked != (standing.type, standing.payload, standing.priority, standing.max_attempts):
        raise ConflictError(
            "task_exists",
            f"task {standing.task_id!r} was submitted with another content",
            field="task_id",
            remedy="Choose another task_id, or send the same body again.",
        )
    return TaskAccepted(task_id=standing.task_id, status=standing.status)


def _candidates(ports: OperatorPorts, target: str | None) -> tuple[Candidate, ...]:
    """The target alone, or the least loaded of the devices that can be reached."""
    if target is not None:
        read_device(ports, target)
        return (Candidate(target, 0.0),)
    listed = [listing.agent.key for listing in islice(list_agents(ports.agents, "device"), LISTING_LIMIT)]
    devices = read_agents(ports.agents, "device", listed, Device).values()
    reachable = [device for device in devices if device.is_registered and _can_work(device)]
    latest = ports.metrics.latest([device.device_id for device in reachable if device.has_client])
    heard = {device_id: newest.sample.vitals for device_id, newest in latest.items()}
    candidates = (Candidate(d.device_id, _load(heard.get(d.device_id, d.vitals))) for d in reachable)
    found = tuple(sorted(candidates, key=lambda one: (one.load, one.device_id))[:CANDIDATES_LIMIT])
    if not found:
        raise ConflictError(
            "no_device_available",
            "no device can take the task: none is online or simulated",
            field="target",
            remedy="Start a device, POST /spawn_agent, or name the target that shall take it when it is back.",
        )
    return found


def _can_work(device: Device) -> bool:
    return device.is_online if device.has_client else device.is_simulated


def _load(vitals: Vitals | None) -> float:
    return UNKNOWN_LOAD if vitals is None else load_score(vitals.cpu_percent, vitals.memory_percent)
