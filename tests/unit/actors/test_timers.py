from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.effect_steps import NaiveTimeError
from lambdas.actors.effects import CancelReminder, Remind
from lambdas.actors.outbox import WakeUp
from lambdas.actors.timers import RETRY_AFTER
from lambdas.actors.turn import Turn
from tests.unit.actors.race_track import RaceTrack
from tests.unit.actors.relay_race import (
    NOON,
    RUNNER,
    RUNNER_BEHAVIOR,
    Carry,
    Do,
    ForgetReminder,
    RemindMe,
    RemindMeToStumble,
    Runner,
    Stumble,
)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def track() -> RaceTrack:
    return RaceTrack()


def tell_and_run(track: RaceTrack, *messages: object) -> None:
    for message in messages:
        track.tell(message)
    track.run()


def test_a_timer_fires_when_its_wake_up_comes(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(5), "tea"))

    track.pass_time(at(5))

    assert track.words() == ["tea"]
    assert track.arrived() == ["tea"]
    assert track.record().timers == {}
    assert track.wake_ups.scheduled == []


def test_a_timer_never_fires_before_it_is_due(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(5), "tea"))

    track.now = at(4.99)
    tell_and_run(track, Carry("early"))

    assert track.words() == ["early"]


def test_any_message_fires_due_timers_first_so_a_lost_wake_up_costs_only_time(track: RaceTrack):
    tell_and_run(track, RemindMe("b", at(2), "second"), RemindMe("a", at(1), "first"))
    track.wake_ups.scheduled.clear()

    track.now = at(3)
    tell_and_run(track, Carry("third"))

    assert track.words() == ["first", "second", "third"]


def test_a_wake_up_that_comes_twice_changes_nothing(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(5), "tea"))
    track.wake_ups.scheduled *= 2

    track.pass_time(at(10))

    assert track.words() == ["tea"]
    assert track.wake_ups.scheduled == []


def test_a_crash_after_the_commit_brings_the_wake_up_out_again(track: RaceTrack):
    track.tell(RemindMe("tea", at(5), "tea"))
    track.run(acknowledges=False)
    track.wake_ups.scheduled.clear()

    track.run()

    assert [wake_up.due for wake_up in track.wake_ups.scheduled] == [at(5)]


def test_a_replaced_timer_fires_only_at_its_new_time(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(5), "old"))
    tell_and_run(track, RemindMe("tea", at(8), "new"))

    track.pass_time(at(7))
    words_before = track.words()
    track.pass_time(at(9))

    assert words_before == []
    assert track.words() == ["new"]


def test_a_cancelled_timer_never_fires(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(5), "tea"))
    tell_and_run(track, ForgetReminder("tea"))

    track.pass_time(at(10))

    assert track.words() == []


def test_forgetting_a_reminder_that_is_not_set_does_nothing(track: RaceTrack):
    tell_and_run(track, ForgetReminder("tea"), Carry("a"))

    assert track.words() == ["a"]


def runner_that(does: Callable[[Runner, datetime], Turn[Runner]]) -> Behavior[Runner]:
    """Make runners that do something more when they are told the word ``first``."""

    def on_carry(runner: Runner, carry: Carry, now: datetime) -> Turn[Runner]:
        turn = RUNNER_BEHAVIOR.react(runner, carry, now)
        return does(turn.state, now) if carry.word == "first" else turn

    return replace(RUNNER_BEHAVIOR, reactions={**RUNNER_BEHAVIOR.reactions, Carry: on_carry})


def test_a_timer_cancelled_by_the_one_before_it_in_the_same_turn_does_not_fire():
    track = RaceTrack(runner_that(lambda runner, now: Turn(runner, (CancelReminder("b"),))))
    tell_and_run(track, RemindMe("a", at(1), "first"), RemindMe("b", at(2), "second"))

    track.now = at(3)
    tell_and_run(track, Carry("third"))

    assert track.words() == ["first", "third"]


def test_a_timer_replaced_by_the_one_before_it_fires_at_its_new_time_only():
    track = RaceTrack(runner_that(lambda runner, now: Turn(runner, (Remind("b", at(2), Carry("again")),))))
    tell_and_run(track, RemindMe("a", at(1), "first"), RemindMe("b", at(2), "second"))

    track.now = at(3)
    tell_and_run(track, Carry("third"))
    words_before = track.words()
    track.pass_time(at(4))

    assert words_before == ["first", "third"], "a timer set in this turn is for a later one, though it is due"
    assert track.words() == ["first", "third", "again"]


def test_only_the_next_timer_asks_for_a_wake_up(track: RaceTrack):
    tell_and_run(track, RemindMe("late", at(30), "late"), RemindMe("soon", at(10), "soon"))
    tell_and_run(track, RemindMe("later", at(60), "later"))

    assert [wake_up.due for wake_up in track.wake_ups.scheduled] == [at(10)]


def test_an_earlier_timer_asks_for_an_earlier_wake_up(track: RaceTrack):
    tell_and_run(track, RemindMe("late", at(30), "late"))
    tell_and_run(track, RemindMe("soon", at(10), "soon"))

    assert [wake_up.due for wake_up in track.wake_ups.scheduled] == [at(30), at(10)]


def test_each_wake_up_asks_for_the_next_one_until_no_timer_is_left(track: RaceTrack):
    tell_and_run(track, *(RemindMe(str(minute), at(minute), str(minute)) for minute in (30, 10, 20)))

    track.pass_time(at(60))

    assert track.words() == ["10", "20", "30"]
    assert track.wake_ups.scheduled == []


def test_timers_moved_again_and_again_do_not_breed_wake_ups(track: RaceTrack):
    for minute in range(50, 10, -1):
        tell_and_run(track, RemindMe("tea", at(minute), "tea"))
    for minute in range(11, 40):
        tell_and_run(track, RemindMe("tea", at(minute), "tea"))
    asked_for = len(track.wake_ups.scheduled)

    track.pass_time(at(200))

    assert asked_for == 40, "only moving a timer forward needs a wake-up of its own"
    assert track.words() == ["tea"]
    assert track.wake_ups.scheduled == []


def test_a_wake_up_that_comes_too_early_is_asked_for_again(track: RaceTrack):
    """The clock of the relay may be ahead of ours."""
    tell_and_run(track, RemindMe("tea", at(5), "tea"))
    track.now = at(5)
    track.relay(track.wake_ups.take_due(at(5)))

    track.now = at(4.999)
    track.run()

    assert track.words() == []
    assert [wake_up.due for wake_up in track.wake_ups.scheduled] == [at(5)]


def test_a_wake_up_for_a_time_that_is_not_relied_on_is_not_asked_for_again(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(5), "tea"))
    stale = WakeUp(RUNNER, at(1))
    track.now = at(1)
    track.relay([stale])

    track.run()

    assert [wake_up.due for wake_up in track.wake_ups.scheduled] == [at(5)]


def test_the_turn_after_a_lost_wake_up_asks_for_the_next_one(track: RaceTrack):
    tell_and_run(track, RemindMe("a", at(5), "a"), RemindMe("b", at(20), "b"))
    track.wake_ups.scheduled.clear()

    track.now = at(6)
    tell_and_run(track, Carry("c"))

    assert [wake_up.due for wake_up in track.wake_ups.scheduled] == [at(20)]


def test_a_timer_that_is_due_at_once_fires_in_the_next_turn(track: RaceTrack):
    tell_and_run(track, RemindMe("now", NOON, "now"))

    assert track.words() == []
    track.pass_time(NOON)
    assert track.words() == ["now"]


def test_a_timer_whose_reaction_raises_is_put_off_and_does_not_hold_up_messages(track: RaceTrack):
    tell_and_run(track, RemindMeToStumble("bad", at(1)), RemindMe("good", at(1), "good"))
    track.now = at(2)
    track.tell(Carry("a"))

    report = track.run()

    assert track.words() == ["good", "a"]
    assert report.unhandled == ()
    assert [(failure.message_id, str(failure.error)) for failure in report.failures] == [("", "stumbled")]
    assert track.record().timers["bad"].due == at(2) + RETRY_AFTER
    assert track.wake_ups.scheduled[-1].due == at(2) + RETRY_AFTER


def test_timers_and_messages_of_a_turn_are_one_commit(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(1), "tea"))
    track.now = at(2)
    track.tell(Carry("a"))

    report = track.run()

    assert (report.commits, report.turns.timers_fired) == (1, 1)
    assert [len(frame.messages) for frame in track.frames()] == [2]


def test_a_redelivered_wake_up_does_not_fire_again(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(1), "tea"))
    track.now = at(1)
    track.relay(track.wake_ups.take_due(at(1)))
    track.run(acknowledges=False)

    report = track.run()

    assert report.turns.duplicates == 1
    assert track.words() == ["tea"]


def test_a_message_that_raises_does_not_hold_up_timers_that_are_due(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(1), "tea"))
    track.now = at(2)
    tell_and_run(track, Stumble())

    assert track.words() == ["tea"]
    assert track.record().timers == {}


def test_a_timer_set_by_a_timer_is_for_a_later_turn(track: RaceTrack):
    tell_and_run(track, Do("x"))
    track.pass_time(at(5))

    assert track.words() == ["x", "x"]


def test_a_reminder_without_time_zone_is_refused():
    def on_carry(runner: Runner, carry: Carry, now: datetime) -> Turn[Runner]:
        return Turn(runner, (Remind("tea", now.replace(tzinfo=None), carry),))

    track = RaceTrack(replace(RUNNER_BEHAVIOR, reactions={Carry: on_carry}))
    track.tell(Carry("tea"))

    report = track.run()

    assert [type(failure.error) for failure in report.failures] == [NaiveTimeError]


def test_generation_of_a_timer_is_the_version_that_set_it(track: RaceTrack):
    tell_and_run(track, RemindMe("tea", at(5), "old"))
    tell_and_run(track, RemindMe("tea", at(5), "new"))

    assert track.record().timers["tea"].generation == 2


def test_the_relay_passes_on_every_wake_up_since_one_too_early_is_asked_for_again(track: RaceTrack):
    other = ActorId("runner", "other")

    track.relay([WakeUp(RUNNER, at(-1)), WakeUp(other, at(20))])

    assert [record.agent for record in track.mailboxes.waiting("runner")] == ["runner/r", "runner/other"]
