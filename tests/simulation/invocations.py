"""Invocations of the function: each is the true turn loop in a fibre, and every call it makes may fail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.ports import PortUnavailableError
from tests.simulation.course import Course
from tests.simulation.faults import CallKind, Fault
from tests.simulation.fibres import Fibre, Killed
from tests.simulation.queues import Delivery

T = TypeVar("T")

Do = Callable[[], T]


class Host(Protocol):
    """What an invocation needs of the world it runs in."""

    course: Course

    def note(self, *words: object) -> None:
        """Add a line to the trace."""

    def at_call(self, invocation: "Invocation", call: CallKind) -> Fault:
        """Say what goes wrong with a call that is made now."""

    def acknowledge(self, invocation: "Invocation", message_ids: Sequence[str]) -> None:
        """Delete messages that were handled."""


@dataclass
class MadeCall:
    """A call that was made, and what the invocation got for it."""

    kind: CallKind
    asked: Any
    answer: Any


@dataclass(eq=False)
class Invocation:
    """One invocation with the messages it was given, its own clock, and how far it has come."""

    number: int
    host: Host
    kind: str
    lane: str
    delivery: Delivery
    now: datetime
    random_share: float
    handle: Callable[["Invocation"], Any]
    """Runs the turn loop; the report it gives names the messages that must come again."""
    made: list[MadeCall] = field(default_factory=list)
    report: Any = None
    has_ended: bool = False
    has_crashed: bool = False
    steps_only: bool = False
    """Stop before every call, whatever the course says: for schedules that choose each step themselves."""
    next_fault: Fault | None = None
    next_call: CallKind | None = None
    faults: int = 0
    """How many of its calls went wrong."""
    _fibre: Fibre | None = None

    @property
    def token(self) -> str:
        """Names this invocation and no other."""
        return f"i{self.number}"

    @property
    def records(self) -> tuple[MailboxRecord, ...]:
        """What it was given."""
        return self.delivery.records

    def start(self) -> None:
        """Run up to the first call before which it stops, or to the end."""
        if not self.steps_only and not self.host.course.may_suspend:
            self._run()
            return
        self._fibre = Fibre(self._run)
        self.resume()

    def resume(self) -> None:
        """Go on to the next call before which it stops, or to the end."""
        assert self._fibre is not None
        self._fibre.resume()

    def step(self, fault: Fault = Fault.NONE) -> None:
        """Make the next call with a fault, and go on to the call after it."""
        self.next_fault = fault
        self.resume()

    def kill(self) -> None:
        """End it where it stands, as the end of the simulated world does."""
        if not self.has_ended and self._fibre is not None:
            self._fibre.kill()

    def outside(
        self, kind: CallKind, asked: Any, do: Do[T], partly: Do[T] | None = None, refused: Do[T] | None = None
    ) -> T:
        """Make a call to the outside. ``refused`` gives the answer of a port that says so without raising."""
        self._stop_here(kind)
        fault = self._fault(kind)
        self.faults += fault is not Fault.NONE
        self.host.note(self.token, kind, asked, fault)
        if fault is Fault.CRASH_BEFORE:
            raise Killed
        if fault is Fault.REFUSED:
            answer: Any = refused() if refused else PortUnavailableError(f"{kind} refused")
        elif fault is Fault.PARTIAL and partly is not None:
            answer = _answer_of(partly)
        else:
            answer = do()
        if fault is Fault.CRASH_AFTER:
            raise Killed
        if fault is Fault.ANSWER_LOST:
            answer = refused() if refused else PortUnavailableError(f"answer to {kind} lost")
        self.made.append(MadeCall(kind, asked, answer))
        if isinstance(answer, PortUnavailableError):
            raise answer
        return answer  # type: ignore[no-any-return]

    def _stop_here(self, kind: CallKind) -> None:
        """Let others go first, perhaps again and again."""
        self.next_call = kind
        if self._fibre is None:
            return
        while self.steps_only and self.next_fault is None:
            self._fibre.suspend()
        while not self.steps_only and self.host.course.suspends():
            self._fibre.suspend()

    def _fault(self, kind: CallKind) -> Fault:
        if self.next_fault is not None:
            fault, self.next_fault = self.next_fault, None
            self.host.course.calls[kind, fault] += 1
            return fault
        return self.host.at_call(self, kind)

    def _run(self) -> None:
        try:
            self.report = self.handle(self)
            self._acknowledge()
        except Killed:
            self.has_crashed = True
            self.host.note(self.token, "is dead")
        finally:
            self.has_ended = True

    def _acknowledge(self) -> None:
        """Have what was handled deleted, as the poller of the queue does once the function has answered."""
        unhandled = set(self.report.unhandled)
        handled = [record.message_id for record in self.records if record.message_id not in unhandled]
        if not handled:
            return
        course = self.host.course
        self.outside(
            CallKind.ACKNOWLEDGE,
            handled,
            lambda: self.host.acknowledge(self, handled),
            lambda: self.host.acknowledge(self, [handled[place] for place in course.some_of(len(handled))]),
            lambda: None,
        )


def _answer_of(call: Do[Any]) -> Any:
    """Make a call that may raise, and take what it raises for its answer."""
    try:
        return call()
    except PortUnavailableError as error:
        return error
