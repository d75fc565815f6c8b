"""The other ways out of an agent in memory: wake-ups, events, calls and task answers are remembered."""

from collections.abc import Collection, Sequence
from datetime import datetime

from lambdas.actors.outbox import ExternalCall, FleetEventRecord, TaskAnswer, WakeUp


class InMemoryWakeUpScheduler:
    """A WakeUpScheduler that gives out what is due when asked."""

    def __init__(self) -> None:
        self.scheduled: list[WakeUp] = []

    def schedule(self, wake_ups: Sequence[WakeUp], now: datetime) -> Collection[int]:  # noqa: ARG002 - the port's
        """Remember wake-ups."""
        self.scheduled.extend(wake_ups)
        return ()

    def take_due(self, now: datetime) -> list[WakeUp]:
        """Give out the wake-ups whose time has come, and forget them."""
        due = [wake_up for wake_up in self.scheduled if wake_up.due <= now]
        self.scheduled = [wake_up for wake_up in self.scheduled if wake_up.due > now]
        return due


class InMemoryEventPublisher:
    """An EventPublisher that remembers every event, repeats too."""

    def __init__(self) -> None:
        self.published: list[FleetEventRecord] = []

    def publish(self, events: Sequence[FleetEventRecord]) -> Collection[int]:
        """Remember events."""
        self.published.extend(events)
        return ()


class InMemoryTaskCompleter:
    """A TaskCompleter that remembers the first answer to each token."""

    def __init__(self) -> None:
        self.answered: dict[str, str] = {}
        """Outputs by token."""
        self.failed: dict[str, tuple[str, str]] = {}
        """Errors and their causes by token."""

    def complete(self, answers: Sequence[TaskAnswer]) -> Collection[int]:
        """Remember answers; a token that was answered is gone."""
        for answer in answers:
            if answer.task_token in self.answered or answer.task_token in self.failed:
                continue
            if answer.error:
                self.failed[answer.task_token] = answer.error, answer.cause
            else:
                self.answered[answer.task_token] = answer.output
        return ()


class InMemoryExternalCaller:
    """An ExternalCaller that remembers every call, repeats too."""

    def __init__(self) -> None:
        self.handed_over: list[ExternalCall] = []

    def hand_over(self, calls: Sequence[ExternalCall]) -> Collection[int]:
        """Remember calls."""
        self.handed_over.extend(calls)
        return ()
