"""Words of tasks."""

import re
from enum import StrEnum

TASK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class TaskPriority(StrEnum):
    """High before normal before low; within one priority, first come first served."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Place in the queue's order; lower goes first."""
        return list(TaskPriority).index(self)


class TaskStatus(StrEnum):
    """Life of a task."""

    QUEUED = "queued"
    ASSIGNED = "assigned"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


def load_score(cpu_percent: float, memory_percent: float) -> float:
    """How busy a device is, 0..1: the mean of its cpu and memory use."""
    return (cpu_percent + memory_percent) / 200
