"""What a task scheduler remembers: what waits and what is in hand. Ended tasks are on their own records."""

from dataclasses import dataclass

from lambdas.agents.task_scheduler.messages import Candidate
from lambdas.fleet.tasks import TaskPriority

QUEUE_LIMIT = 150
"""Tasks that one scheduler holds: with 25 candidates each its item stays below half of DynamoDB's 400 KB."""
CANDIDATES_LIMIT = 25


@dataclass(frozen=True, slots=True)
class QueuedTask:
    """A task that waits for a free device, or that one is working on."""

    task_id: str
    priority: TaskPriority
    number: int
    """Place in the order of submission."""
    candidates: tuple[Candidate, ...]
    max_attempts: int
    timeout_seconds: float
    attempt: int = 0
    device_id: str | None = None
    """The device that has it in hand."""


@dataclass(frozen=True, slots=True)
class TaskScheduler:
    """The tasks of one shard."""

    shard: str
    submitted: int = 0
    tasks: tuple[QueuedTask, ...] = ()

    @property
    def busy_devices(self) -> frozenset[str]:
        """Devices that have a task of this shard in hand."""
        return frozenset(task.device_id for task in self.tasks if task.device_id is not None)
