"""Wake-ups near and far: a queue delays the near ones, the far ones are entered into a calendar by their minute."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from lambdas.actors.outbox import WakeUp
from lambdas.actors.ports import WakeUpScheduler

LONGEST_DELAY = timedelta(minutes=15)
"""The longest delay of an SQS message (``DelaySeconds`` of SendMessage: 0 to 900)."""

MINUTE = timedelta(minutes=1)


class WakeUpCalendar(Protocol):
    """Keeps wake-ups under the minute in which they are due, as long as nobody strikes them."""

    def enter(self, wake_ups: Sequence[WakeUp]) -> Collection[int]:
        """Keep all; answer the places of those that could not be kept.

        Of one agent in one minute the last entered is kept, of those entered together the earliest: so one may come
        late, by less than a minute.
        """

    def due_in(self, minute: datetime) -> Iterator[Sequence[WakeUp]]:
        """Read what is due in a minute, page by page; raises PortUnavailableError."""

    def strike(self, wake_ups: Sequence[WakeUp]) -> None:
        """Forget wake-ups that were passed on; raises PortUnavailableError when some are left, to be passed on again.

        Must not run beside ``enter`` for the same minute: nobody enters what is due within LONGEST_DELAY.
        """


class NearAndFarWakeUps:
    """A WakeUpScheduler for wake-ups however far off."""

    def __init__(self, near: WakeUpScheduler, calendar: WakeUpCalendar) -> None:
        self._near = near
        self._calendar = calendar

    def schedule(self, wake_ups: Sequence[WakeUp], now: datetime) -> Collection[int]:
        """Put what is due within LONGEST_DELAY into the queue and enter the rest into the calendar."""
        near = [place for place, wake_up in enumerate(wake_ups) if wake_up.due - now <= LONGEST_DELAY]
        far = [place for place, wake_up in enumerate(wake_ups) if wake_up.due - now > LONGEST_DELAY]
        unsent = self._near.schedule([wake_ups[place] for place in near], now) if near else ()
        unkept = self._calendar.enter([wake_ups[place] for place in far]) if far else ()
        return frozenset([*(near[place] for place in unsent), *(far[place] for place in unkept)])


def minute_of(moment: datetime) -> datetime:
    """The minute in which a moment lies."""
    return moment.replace(second=0, microsecond=0)
