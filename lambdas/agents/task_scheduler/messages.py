"""What a task scheduler can be told."""

from dataclasses import dataclass

from lambdas.fleet.tasks import TaskPriority


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that could take a task, and how loaded it was when last heard (0..1)."""

    device_id: str
    load: float


@dataclass(frozen=True, slots=True)
class SubmitTask:
    """Queue a task; the least loaded candidate gets it as soon as one is free."""

    task_id: str
    type: str
    payload: str
    """JSON."""
    priority: TaskPriority
    candidates: tuple[Candidate, ...]
    max_attempts: int
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class TaskReported:
    """A device has ended a task it was given."""

    task_id: str
    device_id: str
    succeeded: bool
    result: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class TaskTimedOut:
    """A device did not end a task in time; tells the scheduler itself."""

    task_id: str
    attempt: int
