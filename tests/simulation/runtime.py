"""Function processes: the true turn loop, built once and used for one invocation after another."""

from dataclasses import dataclass
from typing import Any

from lambdas.actors.behavior import Behavior
from lambdas.actors.flush import FlushPorts
from lambdas.actors.lanes import Lane
from lambdas.actors.turn_loop import RuntimePorts, TurnLoop
from lambdas.actors.turn_report import TurnReport
from lambdas.aws.backoff import Backoff
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from tests.simulation.cast import REACH
from tests.simulation.invocations import Invocation, MadeCall
from tests.simulation.outside import QUEUES, Outside
from tests.simulation.ports import InvocationPorts

AT_ONCE = Backoff(tries=2, sleep=lambda _seconds: None, random_share=lambda: 0.0)


class Process:
    """One process of a kind's function. It runs one invocation at a time and dies with one that crashes."""

    def __init__(self, behavior: Behavior[Any], outside: Outside, loop_type: type[TurnLoop[Any]] = TurnLoop) -> None:
        self.behavior = behavior
        self._outside, self._loop_type = outside, loop_type
        self._ports = InvocationPorts(outside)
        sender = SQSMailboxSender(self._ports, {queue: queue for queue in QUEUES}, AT_ONCE)
        ports = self._ports
        flush = FlushPorts(
            mailboxes=sender,
            wake_ups=ports,
            events=ports,
            tasks=ports,
            calls=ports,
            promises=ports,
            letters=ports,
            marks=ports,
        )
        runtime_ports = RuntimePorts(ports, ports, ports, flush, ports)
        self._loop = loop_type(behavior, REACH, runtime_ports, lambda: self._ports.invocation.random_share)

    def fresh(self) -> "Process":
        """Start another process with the same code."""
        return Process(self.behavior, self._outside, self._loop_type)

    def handle(self, invocation: Invocation) -> TurnReport:
        """Run an invocation."""
        self._ports.invocation = invocation
        return self._loop.handle(invocation.records, invocation.now, invocation.token, Lane(invocation.lane))


class LeakError(AssertionError):
    """A warm process did something else than a fresh one does with the same messages and answers."""


@dataclass
class Rehearsal:
    """An invocation that is run again in a fresh process with the answers that it had."""

    original: Invocation

    def __post_init__(self) -> None:
        self.host = self.original.host
        self.made: list[MadeCall] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def outside(self, kind: Any, asked: Any, do: Any, partly: Any = None, refused: Any = None) -> Any:
        """Give the answer that the original had to the same call."""
        place = len(self.made)
        calls = [call for call in self.original.made if call.kind != "acknowledge"]
        if place >= len(calls) or (calls[place].kind, calls[place].asked) != (kind, asked):
            raise LeakError(
                f"{self.original.token}: call {place} of a fresh process is {kind} {asked}, not {calls[place:][:1]}"
            )
        call = calls[place]
        self.made.append(call)
        if isinstance(call.answer, Exception):
            raise call.answer
        return call.answer


def check_no_leak(invocation: Invocation, process: Process) -> None:
    """Run an invocation that has ended again in a fresh process, which must make the same calls and report the same."""
    report = process.fresh().handle(Rehearsal(invocation))  # type: ignore[arg-type]
    if report.unhandled != invocation.report.unhandled or report.counts() != invocation.report.counts():
        raise LeakError(
            f"{invocation.token}: a fresh process reports {report.counts()}, not {invocation.report.counts()}"
        )
