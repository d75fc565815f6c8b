"""Wake-ups far off: from the calendar into the queue, in time, none lost."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.actors.actor_id import ActorId
from lambdas.actors.in_memory.cursors import InMemoryCursors
from lambdas.actors.in_memory.lease_store import InMemoryLeaseStore
from lambdas.actors.in_memory.wake_up_calendar import InMemoryWakeUpCalendar
from lambdas.actors.in_memory.ways_out import InMemoryWakeUpScheduler
from lambdas.actors.outbox import WakeUp
from lambdas.actors.ports import PortUnavailableError
from lambdas.actors.wake_up_calendar import LONGEST_DELAY, NearAndFarWakeUps
from lambdas.actors.wake_up_sweep import AHEAD, FIRST_LOOK_BACK, NAME, SweepReport, WakeUpSweep

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)


class Queue(InMemoryWakeUpScheduler):
    """Takes only so many wake-ups."""

    room = 10_000

    def schedule(self, wake_ups: Sequence[WakeUp], now: datetime) -> Collection[int]:
        taken, left = wake_ups[: self.room], range(min(self.room, len(wake_ups)), len(wake_ups))
        self.room -= len(taken)
        super().schedule(taken, now)
        return frozenset(left)


class Night:
    """A calendar, the sweep over it, and a clock."""

    def __init__(self) -> None:
        self.now = NOON
        self.calendar = InMemoryWakeUpCalendar()
        self.queue = Queue()
        self.cursors = InMemoryCursors()
        self.leases = InMemoryLeaseStore()
        self.wake_ups = NearAndFarWakeUps(self.queue, self.calendar)

    def sweep(self, holder: str = "run", has_time: Callable[[], bool] = lambda: True) -> SweepReport:
        sweep = WakeUpSweep(self.calendar, self.queue, self.cursors, self.leases)
        return sweep.run(holder, MINUTE, lambda: self.now, has_time)

    def ask(self, *dues: datetime) -> list[WakeUp]:
        asked = [WakeUp(ActorId("device", f"d-{number}"), due) for number, due in enumerate(dues)]
        assert not self.wake_ups.schedule(asked, self.now)
        return asked


@pytest.fixture
def night() -> Night:
    return Night()


def test_what_a_queue_can_delay_goes_into_the_queue_and_the_rest_into_the_calendar(night: Night):
    near, far = night.ask(NOON + LONGEST_DELAY, NOON + LONGEST_DELAY + INSTANT)

    assert night.queue.scheduled == [near]
    assert list(night.calendar.entries.values()) == [far]


def test_places_of_what_could_not_be_scheduled_are_those_of_the_whole(night: Night, monkeypatch: pytest.MonkeyPatch):
    night.queue.room = 1
    monkeypatch.setattr(night.calendar, "enter", lambda wake_ups: {len(wake_ups) - 1})
    dues = [NOON + LONGEST_DELAY * factor for factor in (9, 0, 1, 9)]
    asked = [WakeUp(ActorId("device", str(place)), due) for place, due in enumerate(dues)]

    assert night.wake_ups.schedule(asked, NOON) == {2, 3}


def test_a_wake_up_reaches_the_queue_before_it_is_due_and_not_long_before(night: Night):
    night.sweep()
    (far,) = night.ask(NOON + timedelta(hours=3, seconds=17))
    while not night.queue.scheduled:
        night.now += MINUTE
        night.sweep()

    assert night.queue.scheduled == [far]
    assert AHEAD < far.due - night.now < AHEAD + MINUTE
    assert not night.calendar.entries


def test_five_runs_in_a_row_may_fail_before_a_wake_up_is_late(night: Night):
    night.sweep()
    (far,) = night.ask(NOON + timedelta(hours=1))
    night.now = far.due - AHEAD - MINUTE
    night.sweep()
    assert not night.queue.scheduled

    night.now = far.due
    night.sweep()

    assert night.queue.scheduled == [far]


@pytest.mark.parametrize("outage", [timedelta(hours=2), timedelta(days=3), timedelta(days=40)])
def test_an_outage_of_any_length_is_made_good(night: Night, outage: timedelta):
    night.sweep()
    asked = night.ask(*(NOON + timedelta(hours=1) + outage * share for share in (0, 0.3, 0.7, 0.99)))
    night.now = NOON + timedelta(hours=1) + outage

    report = night.sweep()

    assert report.is_finished
    assert sorted(night.queue.scheduled, key=str) == sorted(asked, key=str)
    assert not night.calendar.entries


def test_a_first_sweep_looks_back(night: Night):
    far, *_ = night.ask(NOON + timedelta(minutes=16))
    night.now = far.due + FIRST_LOOK_BACK

    night.sweep()

    assert night.queue.scheduled == [far]


def test_a_run_out_of_time_notes_how_far_it_came_and_the_next_goes_on_there(night: Night):
    night.sweep()
    asked = night.ask(*(NOON + timedelta(minutes=20 + number) for number in range(6)))
    night.now = NOON + timedelta(hours=1)
    times = iter([True] * 24 + [False] * 99)

    first = night.sweep(has_time=lambda: next(times))
    second = night.sweep()

    assert not first.is_finished
    assert 0 < first.moved < len(asked)
    assert second.is_finished
    assert first.minutes + second.minutes == 60, "no minute twice"
    assert first.moved + second.moved == len(asked)


def test_what_the_queue_does_not_take_stays_until_it_does(night: Night):
    night.sweep()
    asked = night.ask(*(NOON + timedelta(minutes=20, seconds=second) for second in range(8)))
    night.now = NOON + timedelta(minutes=20)
    night.queue.room = 4

    first = night.sweep()
    night.queue.room = 99
    second = night.sweep()

    assert (first.moved, first.is_finished) == (4, False)
    assert (second.moved, second.is_finished) == (4, True)
    assert sorted(night.queue.scheduled, key=str) == sorted(asked, key=str)


def test_a_run_that_dies_between_sending_and_striking_loses_nothing(night: Night, monkeypatch: pytest.MonkeyPatch):
    night.sweep()
    (far,) = night.ask(NOON + timedelta(minutes=20))
    night.now = NOON + timedelta(minutes=20)

    def dies(_: object) -> None:
        raise PortUnavailableError("table is gone")

    with monkeypatch.context() as patch:
        patch.setattr(night.calendar, "strike", dies)
        with pytest.raises(PortUnavailableError):
            night.sweep("run-1")
    night.sweep("run-2")

    assert night.queue.scheduled == [far, far], "twice, which does no harm"
    assert not night.calendar.entries


def test_a_run_beside_another_does_nothing(night: Night):
    night.sweep()
    night.ask(NOON + timedelta(minutes=20))
    night.now = NOON + timedelta(minutes=20)
    assert night.leases.acquire(NAME, "run-1", MINUTE, night.now)

    report = night.sweep("run-2")

    assert report == SweepReport(is_holder=False)
    assert not night.queue.scheduled


def test_a_run_that_slept_past_its_lease_does_not_put_the_cursor_back(night: Night):
    night.sweep()
    night.now = NOON + timedelta(hours=1)
    position = night.cursors.read(NAME)

    def sleeps() -> bool:
        """Has the next run overtake this one at its first step."""
        if night.cursors.read(NAME) == position:
            night.now += 2 * MINUTE
            night.sweep("run-2")
        return False

    overtaken = night.sweep("run-1", has_time=sleeps)
    assert overtaken.is_holder, "it swept nothing, so it had nothing to note"

    position = night.cursors.read(NAME)
    night.now += timedelta(hours=1)
    calls = iter([True])

    def sleeps_later() -> bool:
        if next(calls, False):
            return True
        if night.cursors.read(NAME) == position:
            night.now += 2 * MINUTE
            night.sweep("run-4")
        return False

    overtaken = night.sweep("run-3", has_time=sleeps_later)
    assert not overtaken.is_finished
    assert not overtaken.is_holder
    assert night.cursors.read(NAME) == (night.now + AHEAD + MINUTE).replace(second=0).isoformat()


@settings(max_examples=60, deadline=None)
@given(
    dues=st.lists(st.integers(min_value=16 * 60, max_value=6 * 3600), max_size=12),
    pauses=st.lists(st.integers(min_value=0, max_value=90), min_size=1, max_size=20),
    times=st.lists(st.integers(min_value=0, max_value=40), min_size=20, max_size=20),
)
def test_whatever_runs_are_missed_or_cut_short_every_wake_up_is_moved(
    dues: list[int], pauses: list[int], times: list[int]
):
    night = Night()
    night.sweep()
    asked = night.ask(*(NOON + timedelta(seconds=due) for due in dues))
    for number, (pause, steps) in enumerate(zip(pauses, times, strict=False)):
        night.now += pause * MINUTE
        left = iter([True] * steps)
        night.sweep(f"run-{number}", has_time=lambda left=left: next(left, False))
    night.now += timedelta(hours=7)
    night.sweep("last")

    assert set(night.queue.scheduled) == set(asked)
    assert not night.calendar.entries
