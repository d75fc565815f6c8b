"""A supervisor with children that do as they are told, or as a test wants; the trace is what they were told."""

from collections.abc import Callable, Iterable
from datetime import datetime

from lambdas.actors.codec import BehaviorCodec, encode_message
from lambdas.actors.effects import (
    BreakPromise,
    CancelReminder,
    Exit,
    HoldReply,
    KeepPromise,
    Reject,
    Remind,
    Reply,
    Send,
)
from lambdas.actors.supervision.behavior import supervisor_behavior
from lambdas.actors.supervision.messages import (
    ChildExited,
    ChildSpec,
    ChildStarted,
    StartSupervisor,
    StopSupervisor,
)
from lambdas.actors.supervision.state import ChildStatus
from lambdas.actors.system_messages import StartChild, StopChild

BEHAVIOR = supervisor_behavior("supervisor")
CODEC = BehaviorCodec(BEHAVIOR)
NOON = datetime.fromisoformat("2026-11-20T12:00:00+00:00")

Traced = tuple[str, str]


class Family:
    """Delivers what the supervisor sends, one message at a time, and lets children answer."""

    def __init__(self, starts: Callable[[], bool] = lambda: True, stubborn: Iterable[str] = ()) -> None:
        self.state = BEHAVIOR.initial_state("s")
        self.trace: list[Traced] = []
        self.now = NOON
        self.answers: list[object] = []
        self._starts = starts
        self._stubborn = frozenset(stubborn)
        self._mailbox: list[object] = []
        self._reminders: dict[str, Remind] = {}
        self.incarnations: dict[str, int] = {}

    def start(self, *specs: ChildSpec, **flags: object) -> "Family":
        return self.tell(StartSupervisor(specs, **flags))

    def tell(self, message: object) -> "Family":
        """Tell the supervisor something and let everything that follows happen."""
        self._mailbox.append(message)
        while self._mailbox:
            self.react(self._mailbox.pop(0))
            if not self._mailbox:
                self._be_reminded()
        return self

    def exit(self, child: str, reason: str) -> "Family":
        """Let a child end by itself, if it runs."""
        record = self.state.child(child)
        is_running = record is not None and record.status is ChildStatus.RUNNING
        return self.tell(ChildExited(child, record.incarnation, reason)) if is_running else self

    def react(self, message: object) -> list[object]:
        """Let the supervisor handle one message as the runtime would: state and messages go through JSON."""
        state = CODEC.decode_state(CODEC.encode_state(self.state))
        turn = BEHAVIOR.react(state, CODEC.decode_message(encode_message(message)), self.now)
        self.state = turn.state
        for effect in turn.effects:
            self._happen(effect)
        return list(turn.effects)

    def _happen(self, effect: object) -> None:
        match effect:
            case Send(to=to, message=message):
                self._reach(str(to), message)
            case Remind(name=name):
                self._reminders[name] = effect
            case CancelReminder(name=name):
                self._reminders.pop(name, None)
            case Exit(reason=reason):
                self.trace.append(("exit", reason.partition(":")[0]))
            case Reply() | Reject() | KeepPromise() | BreakPromise():
                self.answers.append(effect)
            case HoldReply():
                pass
            case _:
                raise AssertionError(f"a supervisor has no business with {effect}")

    def _reach(self, child: str, message: object) -> None:
        match message:
            case StartChild(incarnation=incarnation):
                self.trace.append(("start", child))
                self.incarnations[child] = incarnation
                started, failed = ChildStarted(child, incarnation), ChildExited(child, incarnation, "crash: no")
                self._mailbox.append(started if self._starts() else failed)
            case StopChild(incarnation=incarnation):
                self._stop(child, incarnation)
            case StopSupervisor():
                self._stop(child, self.incarnations[child])
            case StartSupervisor():
                self.trace.append(("told what to supervise", child))

    def _stop(self, child: str, incarnation: int) -> None:
        record = self.state.child(child)
        is_asked = record is not None and record.status is ChildStatus.STOPPING and record.incarnation == incarnation
        self.trace.append(("stop" if is_asked else "kill", child))
        if child not in self._stubborn or (is_asked and record.spec.shutdown is None):
            self._mailbox.append(ChildExited(child, incarnation, "shutdown"))

    def _be_reminded(self) -> None:
        """Let the time of a child that does not end run out."""
        for name in list(self._reminders):
            self._mailbox.append(self._reminders.pop(name).message)
