"""The calendar of wake-ups in memory."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from lambdas.actors.actor_id import ActorId
from lambdas.actors.outbox import WakeUp
from lambdas.actors.wake_up_calendar import minute_of

PAGE = 3
"""Wake-ups of a page: few, so that tests turn pages."""


class InMemoryWakeUpCalendar:
    """A WakeUpCalendar whose entries live as long as the process."""

    def __init__(self) -> None:
        self.entries: dict[tuple[datetime, ActorId], WakeUp] = {}

    def enter(self, wake_ups: Sequence[WakeUp]) -> Collection[int]:
        """Keep wake-ups."""
        for wake_up in sorted(wake_ups, key=lambda one: one.due, reverse=True):
            self.entries[minute_of(wake_up.due), wake_up.to] = wake_up
        return ()

    def due_in(self, minute: datetime) -> Iterator[Sequence[WakeUp]]:
        """Read what is due in a minute."""
        due = [wake_up for (entered, _), wake_up in sorted(self.entries.items()) if entered == minute]
        for start in range(0, len(due), PAGE):
            yield due[start : start + PAGE]

    def strike(self, wake_ups: Sequence[WakeUp]) -> None:
        """Forget wake-ups."""
        for wake_up in wake_ups:
            self.entries.pop((minute_of(wake_up.due), wake_up.to), None)
