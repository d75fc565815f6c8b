"""What is on record of a task."""

from dataclasses import dataclass
from datetime import datetime

from lambdas.fleet.tasks import TaskPriority, TaskStatus


@dataclass(frozen=True, slots=True)
class Task:
    """One task from its submission to its result."""

    task_id: str
    type: str = ""
    payload: str = "null"
    """JSON."""
    priority: TaskPriority = TaskPriority.NORMAL
    max_attempts: int = 0
    scheduler: str = ""
    status: TaskStatus = TaskStatus.QUEUED
    device_id: str | None = None
    attempt: int = 0
    result: str | None = None
    """JSON."""
    submitted_at: datetime | None = None
    updated_at: datetime | None = None
