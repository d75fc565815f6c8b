"""The other ways out of an agent in memory: wake-ups, events and task answers are remembered."""

from collections.abc import Collection, Sequence
from datetime import datetime

from lambdas.actors.outbox import FleetEventRecord, TaskAnswer, WakeUp


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

    def complete(self, answers: Sequence[TaskAnswer]) -> Collection[int]:
        """Remember answers; a token that was answered is gone."""
        for answer in answers:
            self.answered.setdefault(answer.task_token, answer.output)
        return ()
