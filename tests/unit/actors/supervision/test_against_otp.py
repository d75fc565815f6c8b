"""Random families of children under our supervisor and under the model of OTP's: the same is stopped and started.

Erlang itself is not needed: the model follows supervisor.erl function by function.
"""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.actors.effects import BreakPromise, KeepPromise, Reject, Reply
from lambdas.actors.supervision.messages import (
    ChildSpec,
    DeleteChild,
    RestartChild,
    StartSupervisedChild,
    TerminateChild,
)
from lambdas.actors.supervision.restart_intensity import are_too_many, with_restart
from lambdas.actors.supervision.strategies import AutoShutdown, RestartType, Strategy
from tests.unit.actors.supervision.family import NOON, Family
from tests.unit.actors.supervision.otp_supervisor import OtpSupervisor, add_restart

CHILDREN = ("child/a", "child/b", "child/c", "child/d")
REASONS = ("normal", "shutdown", "shutdown: done", "crash: out of luck", "killed")


@dataclass
class Fortune:
    """Says of each start whether it succeeds: the same for both."""

    rolls: list[bool]
    place: int = 0

    def __call__(self) -> bool:
        self.place += 1
        return self.rolls[self.place - 1] if self.place <= len(self.rolls) else True


@st.composite
def specs(draw, child, auto_shutdown):
    restart = draw(st.sampled_from(RestartType))
    may_be_significant = restart is not RestartType.PERMANENT and auto_shutdown is not AutoShutdown.NEVER
    shutdown = draw(st.sampled_from([timedelta(0), timedelta(seconds=5), None]))
    return ChildSpec(child, restart, shutdown, may_be_significant and draw(st.booleans()))


@st.composite
def lives(draw):
    auto_shutdown = draw(st.sampled_from(AutoShutdown))
    flags = {
        "strategy": draw(st.sampled_from(Strategy)),
        "intensity": draw(st.integers(0, 4)),
        "period_seconds": draw(st.integers(1, 6)),
        "auto_shutdown": auto_shutdown,
    }
    children = [draw(specs(child, auto_shutdown)) for child in CHILDREN[: draw(st.integers(0, 4))]]
    act = st.one_of(
        st.tuples(st.just("exit"), st.sampled_from(CHILDREN), st.sampled_from(REASONS)),
        st.tuples(st.sampled_from(["terminate", "restart", "delete"]), st.sampled_from(CHILDREN)),
        st.sampled_from(CHILDREN).flatmap(lambda child: st.tuples(st.just("add"), specs(child, auto_shutdown))),
    )
    acts = draw(st.lists(st.tuples(st.integers(0, 4), act), max_size=12))
    rolls = draw(st.lists(st.sampled_from([True, True, True, False]), max_size=20))
    return flags, children, acts, rolls, draw(st.frozensets(st.sampled_from(CHILDREN)))


@settings(max_examples=600, deadline=None)
@given(lives())
def test_the_same_is_stopped_and_started_in_the_same_order_as_under_otp(life):
    flags, children, acts, rolls, stubborn = life
    ours = Family(Fortune(rolls), stubborn)
    theirs = OtpSupervisor(
        flags["strategy"],
        flags["intensity"],
        flags["period_seconds"],
        flags["auto_shutdown"],
        Fortune(rolls),
        stubborn,
    )
    ours.start(*children, **flags)
    theirs.init(children)

    elapsed = 0
    for seconds, act in acts:
        if theirs.has_left:
            break
        elapsed += seconds
        ours.now = NOON + timedelta(seconds=elapsed)
        match act:
            case ("exit", child, reason):
                ours.exit(child, reason)
                theirs.info_exit(child, reason, int(NOON.timestamp()) + elapsed)
            case (command, subject):
                ours.answers.clear()
                ours.tell(message(command, subject))
                assert outcome(ours.answers) == obey(theirs, command, subject), act

    assert ours.trace == theirs.trace
    if not theirs.has_left:
        running = [child.address for child in ours.state.children if child.status == "running"]
        assert running == [process.spec.child for process in theirs.children if process.is_alive]


@given(st.lists(st.integers(0, 60), max_size=40), st.integers(0, 5), st.integers(1, 10))
def test_restarts_are_counted_as_add_restart_counts_them(seconds, intensity, period):
    ours: tuple[int, ...] = ()
    theirs: list[int] = []
    for now in sorted(seconds):
        ours, theirs = with_restart(ours, now, period), add_restart(theirs, now, period)

        assert list(ours) == theirs
        assert are_too_many(ours, intensity) == (len(theirs) > intensity)


def message(command, subject):
    match command:
        case "terminate":
            return TerminateChild(subject)
        case "restart":
            return RestartChild(subject)
        case "delete":
            return DeleteChild(subject)
        case _:
            return StartSupervisedChild(subject)


def obey(supervisor, command, subject):
    match command:
        case "terminate":
            return supervisor.terminate_child(subject)
        case "restart":
            return supervisor.restart_child(subject)
        case "delete":
            return supervisor.delete_child(subject)
        case _:
            return supervisor.start_child(subject)


def outcome(answers):
    """The last word: what was answered at once, or what a held reply came to."""
    assert answers, "a command is answered"
    match answers[-1]:
        case Reply() | KeepPromise():
            return "ok"
        case Reject() | BreakPromise():
            return "refused"
