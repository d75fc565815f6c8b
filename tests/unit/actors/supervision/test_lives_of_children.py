from datetime import timedelta

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.effects import BreakPromise, Exit, HoldReply, KeepPromise, Reject, Remind, Reply, Send
from lambdas.actors.lanes import Lane
from lambdas.actors.supervision.checks import CHILDREN_LIMIT
from lambdas.actors.supervision.messages import (
    ChildExited,
    ChildSpec,
    ChildStarted,
    DeleteChild,
    RestartChild,
    ShutdownTimedOut,
    StartSupervisedChild,
    StartSupervisor,
    StopSupervisor,
    TerminateChild,
)
from lambdas.actors.supervision.state import ChildStatus
from lambdas.actors.supervision.strategies import AutoShutdown, RestartType, Strategy
from lambdas.actors.system_messages import StartChild, StopChild
from tests.unit.actors.supervision.family import NOON, Family

A, B, C = "child/a", "child/b", "child/c"
CRASH = "crash: out of luck"
BELOW = "supervisor/below"


def to(child, message):
    return Send(ActorId.parse(child), message, Lane.CONTROL)


def fortune(*rolls):
    left = iter(rolls)
    return lambda: next(left, True)


def test_children_are_started_one_after_another():
    family = Family()

    first = family.react(StartSupervisor((ChildSpec(A), ChildSpec(B))))
    second = family.react(ChildStarted(A, 1))
    third = family.react(ChildStarted(B, 1))

    assert first == [HoldReply("start"), to(A, StartChild("supervisor/s", 1))]
    assert second == [to(B, StartChild("supervisor/s", 1))]
    assert third == [KeepPromise("start", None)]


def test_a_supervisor_without_children_answers_at_once():
    assert Family().react(StartSupervisor(())) == [Reply(None), KeepPromise("start", None)]


def test_a_new_life_has_a_higher_number_and_the_late_exit_of_an_earlier_one_changes_nothing():
    family = Family().start(ChildSpec(A), intensity=3)
    family.exit(A, CRASH)

    assert family.state.child(A).incarnation == 2
    assert family.react(ChildExited(A, 1, CRASH)) == []
    assert family.state.child(A).status is ChildStatus.RUNNING
    assert len(family.state.restarts) == 1


def test_an_exit_that_is_told_before_the_start_counts_as_a_failed_start():
    family = Family().start(ChildSpec(A), intensity=3)
    family.react(ChildExited(A, 1, CRASH))

    again = family.react(ChildExited(A, 2, CRASH))
    late = family.react(ChildStarted(A, 2))

    assert again == [to(A, StartChild("supervisor/s", 3))]
    assert late == []
    assert family.state.child(A).status is ChildStatus.STARTING


def test_a_child_that_had_more_lives_than_the_supervisor_knows_of_says_so():
    family = Family()
    family.react(StartSupervisor((ChildSpec(A),), intensity=3))

    assert family.react(ChildStarted(A, 7)) == [KeepPromise("start", None)]
    assert family.react(ChildExited(A, 7, CRASH)) == [to(A, StartChild("supervisor/s", 8))]


def test_a_child_that_began_anew_on_an_operators_word_is_stopped_in_its_present_life():
    family = Family(stubborn=[A]).start(ChildSpec(A, shutdown=None))
    family.react(TerminateChild(A))

    assert family.react(ChildStarted(A, 2)) == [to(A, StopChild("supervisor/s", 2))]
    assert family.react(ChildExited(A, 2, "shutdown"))[-1] == KeepPromise(f"terminate {A}", None)


def test_a_child_that_was_stopped_and_began_on_an_operators_word_is_stopped_again():
    family = Family().start(ChildSpec(A))
    family.tell(TerminateChild(A))

    assert family.react(ChildStarted(A, 2)) == [to(A, StopChild("supervisor/s", 2))]
    assert family.react(RestartChild(A))[1] == to(A, StartChild("supervisor/s", 3))


def test_a_subtree_that_began_anew_on_an_operators_word_is_told_again_what_to_supervise():
    below = StartSupervisor((ChildSpec(B),))
    family = Family().start(ChildSpec(BELOW, shutdown=None, subtree=below))

    assert family.react(ChildStarted(BELOW, 2)) == [to(BELOW, below)]
    assert family.react(ChildStarted(BELOW, 2)) == []


def test_a_failed_start_during_a_restart_counts_again_and_is_tried_again():
    family = Family(fortune(True, False, False, True)).start(ChildSpec(A), intensity=3)

    family.exit(A, CRASH)

    assert family.trace == [("start", A)] * 4
    assert len(family.state.restarts) == 3


def test_failed_starts_alone_can_end_a_supervisor():
    family = Family(fortune(True, True, False, False)).start(ChildSpec(A), ChildSpec(B), intensity=2)

    family.exit(A, CRASH)

    assert family.trace[2:] == [("start", A), ("start", A), ("stop", B), ("exit", "shutdown")]


def test_a_supervisor_whose_child_does_not_start_at_first_stops_the_others_and_fails():
    family = Family(fortune(True, False)).start(ChildSpec(A), ChildSpec(B), ChildSpec(C))

    assert family.trace == [("start", A), ("start", B), ("stop", A), ("exit", "crash")]
    assert family.answers == [BreakPromise("start", f"child {B} did not start: crash: no")]


def test_an_exit_during_a_restart_is_taken_up_after_it():
    family = Family()
    for message in (StartSupervisor((ChildSpec(A), ChildSpec(B)), intensity=2), ChildStarted(A, 1), ChildStarted(B, 1)):
        family.react(message)

    family.react(ChildExited(A, 1, CRASH))
    meanwhile = family.react(ChildExited(B, 1, CRASH))
    afterwards = family.react(ChildStarted(A, 2))

    assert meanwhile == []
    assert afterwards == [to(B, StartChild("supervisor/s", 2))]


def test_a_child_that_ends_by_itself_before_its_turn_to_be_stopped_is_not_stopped_again():
    family = Family()
    start = StartSupervisor((ChildSpec(A), ChildSpec(B), ChildSpec(C)), strategy=Strategy.ONE_FOR_ALL)
    for message in (start, *(ChildStarted(child, 1) for child in (A, B, C))):
        family.react(message)

    first = family.react(ChildExited(A, 1, CRASH))
    family.react(ChildExited(B, 1, CRASH))
    second = family.react(ChildExited(C, 1, "shutdown"))

    assert first[0] == to(C, StopChild("supervisor/s", 1))
    assert second[1:] == [to(A, StartChild("supervisor/s", 2))]
    assert len(family.state.restarts) == 1, "its exit was not a restart of its own"


def test_who_does_not_end_in_time_is_fenced_by_the_number_of_its_life():
    family = Family(stubborn=[A])
    family.start(ChildSpec(A, shutdown=timedelta(seconds=30)))

    asked = family.react(TerminateChild(A))
    killed = family.react(ShutdownTimedOut(A, 1))
    late = family.react(ChildExited(A, 1, "shutdown"))

    reminder = Remind(f"shutdown {A}", NOON + timedelta(seconds=30), ShutdownTimedOut(A, 1))
    assert asked == [HoldReply(f"terminate {A}"), to(A, StopChild("supervisor/s", 1)), reminder]
    assert killed == [to(A, StopChild("supervisor/s", 1)), KeepPromise(f"terminate {A}", None)]
    assert late == []


def test_time_that_ran_out_for_an_earlier_life_kills_nobody():
    family = Family().start(ChildSpec(A))

    assert family.react(ShutdownTimedOut(A, 1)) == []
    assert family.state.child(A).status is ChildStatus.RUNNING


def test_a_subtree_is_told_what_to_supervise_at_the_beginning_of_each_life():
    below = StartSupervisor((ChildSpec(B),))
    family = Family().start(ChildSpec(BELOW, shutdown=None, subtree=below))

    family.exit(BELOW, "shutdown")

    told = [("start", BELOW), ("told what to supervise", BELOW)]
    assert family.trace == [*told, *told]


def test_a_subtree_that_gives_up_counts_as_a_restart_above_until_that_gives_up_too():
    below = StartSupervisor((ChildSpec(B),))
    family = Family().start(ChildSpec(A), ChildSpec(BELOW, shutdown=None, subtree=below), intensity=1)

    family.exit(BELOW, "shutdown")
    family.exit(BELOW, "shutdown")

    assert family.trace[-2:] == [("stop", A), ("exit", "shutdown")]


def test_a_supervisor_that_is_stopped_stops_its_children_in_reverse_and_leaves():
    family = Family().start(ChildSpec(A), ChildSpec(B))
    family.trace.clear()

    family.tell(StopSupervisor())

    assert family.trace == [("stop", B), ("stop", A), ("exit", "shutdown")]
    assert not family.state.is_started


def test_a_supervisor_that_supervises_nothing_leaves_when_it_is_stopped():
    assert Family().react(StopSupervisor()) == [Exit("shutdown")]


def test_a_supervisor_refuses_to_start_twice():
    family = Family().start(ChildSpec(A))

    assert family.react(StartSupervisor(())) == [Reject("supervisor/s supervises already; stop it first")]


@pytest.mark.parametrize(
    "command", [TerminateChild(A), RestartChild(A), DeleteChild(A), StartSupervisedChild(ChildSpec(A))]
)
def test_a_supervisor_that_has_not_begun_takes_no_commands(command):
    assert Family().react(command) == [Reject("supervisor/s supervises nothing; start it first")]


def test_a_terminated_child_stays_until_it_is_wanted_again():
    family = Family().start(ChildSpec(A))

    family.tell(TerminateChild(A)).tell(RestartChild(A)).tell(TerminateChild(A)).tell(DeleteChild(A))

    assert family.trace == [("start", A), ("stop", A), ("start", A), ("stop", A)]
    assert family.state.children == ()


def test_a_running_child_is_neither_deleted_nor_started_again():
    family = Family().start(ChildSpec(A))
    reason = f"{A} is running; terminate it first"

    assert family.react(DeleteChild(A))[0] == Reject(reason)
    assert family.react(RestartChild(A))[0] == Reject(reason)


def test_a_command_for_a_child_nobody_knows_is_refused():
    family = Family().start()

    assert family.react(TerminateChild(A))[0] == Reject(f"supervisor/s has no child {A!r}")


def test_a_further_child_that_does_not_start_is_forgotten():
    family = Family(fortune(False)).start()

    family.tell(StartSupervisedChild(ChildSpec(A)))

    assert family.state.children == ()
    assert family.answers[-1] == BreakPromise(f"add {A}", f"child {A} did not start: crash: no")


@pytest.mark.parametrize(
    ("start", "finding"),
    [
        (StartSupervisor((ChildSpec("nobody"),)), "child 'nobody' is no address"),
        (StartSupervisor((ChildSpec(A), ChildSpec(A))), "stands more than once in the tree"),
        (StartSupervisor((ChildSpec("supervisor/s"),)), "stands more than once in the tree"),
        (StartSupervisor((ChildSpec(A), ChildSpec(BELOW, subtree=StartSupervisor((ChildSpec(A),))))), "more than once"),
        (StartSupervisor((), intensity=-1), "intensity is -1"),
        (StartSupervisor((), period_seconds=0), "period_seconds is 0"),
        (StartSupervisor((ChildSpec(A, shutdown=timedelta(seconds=-1)),)), "must not be negative"),
        (StartSupervisor((ChildSpec(A, RestartType.TRANSIENT, is_significant=True),)), "auto_shutdown 'never'"),
        (
            StartSupervisor((ChildSpec(A, is_significant=True),), auto_shutdown=AutoShutdown.ANY_SIGNIFICANT),
            "permanent and can never end",
        ),
        (StartSupervisor((ChildSpec(BELOW, subtree=StartSupervisor((), intensity=-1)),)), "intensity is -1"),
        (StartSupervisor(tuple(ChildSpec(f"child/{n}") for n in range(CHILDREN_LIMIT + 1))), "are too many"),
    ],
)
def test_children_that_cannot_be_supervised_are_refused_before_any_is_started(start, finding):
    (refusal,) = Family().react(start)

    assert isinstance(refusal, Reject)
    assert finding in refusal.reason


def test_as_many_children_as_are_allowed_are_taken_and_not_one_more():
    family = Family().start(*(ChildSpec(f"child/{n}") for n in range(CHILDREN_LIMIT)))

    refusal = family.react(StartSupervisedChild(ChildSpec(A)))[0]

    assert len(family.state.children) == CHILDREN_LIMIT
    assert isinstance(refusal, Reject)
    assert "too many" in refusal.reason
