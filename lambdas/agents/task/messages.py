"""What a task's record can be told."""

from dataclasses import dataclass

from lambdas.fleet.tasks import TaskPriority, TaskStatus


@dataclass(frozen=True, slots=True)
class TaskQueued:
    """The task was accepted."""

    type: str
    payload: str
    priority: TaskPriority
    max_attempts: int
    scheduler: str
    """Address of the scheduler that assigns the task, ``task_scheduler/...``."""


@dataclass(frozen=True, slots=True)
class TaskMoved:
    """The task was given to a device, goes back to the queue, or has ended."""

    status: TaskStatus
    device_id: str | None
    attempt: int
    result: str | None
    """JSON."""
