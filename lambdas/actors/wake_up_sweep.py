"""The sweep: brings wake-ups from the calendar into the delay queue shortly before they are due."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lambdas.actors.cursors import Cursors
from lambdas.actors.leases import LeaseStore, under_lease
from lambdas.actors.outbox import WakeUp
from lambdas.actors.ports import WakeUpScheduler
from lambdas.actors.wake_up_calendar import MINUTE, WakeUpCalendar, minute_of

NAME = "wake_up_sweep"
"""Of its lease and of its cursor: the first minute that is not swept yet."""

AHEAD = timedelta(minutes=5)
"""How far ahead minutes are swept: so many runs may fail before a wake-up is late.

Far less than LONGEST_DELAY, so that nobody enters wake-ups into a minute that is being swept: clocks would have to be
ten minutes apart, or a turn to stand still for as long between two steps.
"""

FIRST_LOOK_BACK = timedelta(hours=1)
"""Where a sweep without a cursor begins, before now: the function is deployed together with those who enter."""

MINUTES_OF_A_CURSOR = 60
"""Minutes after which progress is noted while a long outage is made good."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one run has done."""

    moved: int = 0
    minutes: int = 0
    is_finished: bool = False
    """Whether all is swept that is to be; if not, the next run goes on."""
    is_holder: bool = True
    """Whether this run had the lease to the end."""

    def counts(self) -> dict[str, int | bool]:
        """Give all by name, for one log line."""
        return {
            "moved": self.moved,
            "minutes": self.minutes,
            "is_finished": self.is_finished,
            "is_holder": self.is_holder,
        }


class WakeUpSweep:
    """Sweeps minute after minute from its cursor on. A wake-up leaves the calendar after the queue has it.

    So one may be moved twice, which does no harm, and none is lost however a run ends.
    """

    def __init__(self, calendar: WakeUpCalendar, queue: WakeUpScheduler, cursors: Cursors, leases: LeaseStore) -> None:
        self._calendar = calendar
        self._queue = queue
        self._cursors = cursors
        self._leases = leases

    def run(
        self, holder: str, ttl: timedelta, clock: Callable[[], datetime], has_time: Callable[[], bool]
    ) -> SweepReport:
        """Sweep until nothing is left or time is up; ``ttl`` must be longer than the longest run."""
        with under_lease(self._leases, NAME, holder, ttl, clock) as lease:
            if lease is None:
                return SweepReport(is_holder=False)
            return self._sweep(lease.token, clock, has_time)

    def _sweep(self, token: int, clock: Callable[[], datetime], has_time: Callable[[], bool]) -> SweepReport:
        noted = self._begin(clock())
        minute, report = noted, SweepReport()
        while (is_due := minute <= clock() + AHEAD) and has_time():
            moved, is_swept = self._sweep_minute(minute, clock, has_time)
            report = replace(report, moved=report.moved + moved, minutes=report.minutes + is_swept)
            if not is_swept:
                break
            minute += MINUTE
            if report.minutes % MINUTES_OF_A_CURSOR == 0:
                if not self._note(minute, token):
                    return replace(report, is_holder=False)
                noted = minute
        is_holder = minute == noted or self._note(minute, token)
        return replace(report, is_finished=not is_due, is_holder=is_holder)

    def _begin(self, now: datetime) -> datetime:
        position = self._cursors.read(NAME)
        return minute_of(now - FIRST_LOOK_BACK) if position is None else datetime.fromisoformat(position)

    def _note(self, minute: datetime, token: int) -> bool:
        return self._cursors.advance(NAME, minute.isoformat(), token)

    def _sweep_minute(
        self, minute: datetime, clock: Callable[[], datetime], has_time: Callable[[], bool]
    ) -> tuple[int, bool]:
        """Move what is due in a minute; answers how much, and whether that was all."""
        moved = 0
        for page in self._calendar.due_in(minute):
            sent = self._move(page, clock())
            moved += sent
            if sent < len(page) or not has_time():
                return moved, False
        return moved, True

    def _move(self, page: Sequence[WakeUp], now: datetime) -> int:
        unsent = self._queue.schedule(page, now)
        sent = [wake_up for place, wake_up in enumerate(page) if place not in unsent]
        if sent:
            self._calendar.strike(sent)
        return len(sent)
