"""The true runtime on a simulated AWS in which every call may fail and every invocation may freeze between two calls.

An invocation runs up to its next call to the outside and is suspended there; a schedule decides when the call is made
and what goes wrong with it. Suspending works by replay: to go on, the invocation is run again from its start and gets
the answers it already had. Queues are worse than SQS: nothing sent again is ever dropped.

Runners answer a word with a tag that no other execution has, in their state and in what they send. So a message that
left an execution that was never committed (a ghost) can be told from one that was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, stored_state
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import Send
from lambdas.actors.in_memory.mailboxes import Delivery, InMemoryMailboxes
from lambdas.actors.in_memory.ports import in_memory_ports
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.ports import CommitOutcome, CommitStatus, PortUnavailableError
from lambdas.actors.turn import Turn
from lambdas.actors.turn_loop import TurnLoop
from lambdas.actors.turn_report import TurnReport
from lambdas.aws.backoff import Backoff
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from tests.unit.actors.relay_race import (
    COLLECTOR,
    COLLECTOR_BEHAVIOR,
    COLLECTOR_REACH,
    NOON,
    RUNNER_REACH,
    Carried,
    Carry,
    Runner,
)

RUNNERS = (ActorId("runner", "r1"), ActorId("runner", "r2"))
AT_ONCE = Backoff(tries=3, sleep=lambda _seconds: None, random_share=lambda: 0.0)


class Fault(StrEnum):
    """What may go wrong with one call."""

    NONE = "none"
    CRASH_BEFORE = "crash before the call"
    CRASH_AFTER = "crash after the call"
    REFUSED = "the call is refused"
    ANSWER_LOST = "the call is made, its answer is lost"
    PARTIAL = "the first part of the call fails, the rest is done"


class Suspended(BaseException):
    """An invocation has come to a call that has not been made yet."""


@dataclass
class Call:
    """A call to the outside, and how it would be done only in part."""

    name: str
    do: Callable[[], Any]
    do_partly: Callable[[], Any]


class Invocation:
    """One invocation of the function, with the messages it was given."""

    def __init__(self, world: "World", kind: str, delivery: Delivery, number: int) -> None:
        self.world = world
        self.kind = kind
        self.delivery = delivery
        self.token = f"invocation-{number}"
        self.report: TurnReport | None = None
        self.next_call: Call | None = None
        self._answers: list[Any] = []
        self._place = 0
        self._reactions = 0
        self._advance()

    def step(self, fault: Fault = Fault.NONE) -> None:
        """Make the next call or suffer the fault, then run up to the call after it."""
        call = self.next_call
        assert call is not None
        if fault in {Fault.CRASH_BEFORE, Fault.CRASH_AFTER}:
            if fault is Fault.CRASH_AFTER:
                call.do()
            self.world.invocations.remove(self)
            return
        if fault is Fault.REFUSED:
            self._answers.append(PortUnavailableError(call.name))
        elif fault is Fault.ANSWER_LOST:
            call.do()
            self._answers.append(PortUnavailableError(call.name))
        elif fault is Fault.PARTIAL:
            self._answers.append(call.do_partly())
        else:
            self._answers.append(call.do())
        self._advance()

    def new_tag(self) -> str:
        """Name this execution of a reaction, as no other one is named."""
        self._reactions += 1
        return f"{self.token}.{self._reactions}"

    def outside(self, name: str, do: Callable[[], Any], do_partly: Callable[[], Any] | None = None) -> Any:
        """Come to a call: give the answer it had, or suspend."""
        self._place += 1
        if self._place > len(self._answers):
            self.next_call = Call(name, do, do_partly or do)
            raise Suspended
        answer = self._answers[self._place - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _advance(self) -> None:
        self._place = self._reactions = 0
        self.next_call = None
        try:
            self.report = self.world.handle(self)
        except Suspended:
            return
        self.next_call = Call("acknowledge", self._acknowledge, self._acknowledge)
        if len(self._answers) == self._place + 1:
            self.world.invocations.remove(self)

    def _acknowledge(self) -> None:
        assert self.report is not None
        self.world.acknowledge(self.delivery, self.report.unhandled)


@dataclass
class World:
    """Mailboxes, items and invocations; a schedule moves them."""

    loop_type: type[TurnLoop[Any]] = TurnLoop
    mailboxes: InMemoryMailboxes = field(default_factory=InMemoryMailboxes)
    store: InMemoryStateStore = field(default_factory=InMemoryStateStore)
    invocations: list[Invocation] = field(default_factory=list)
    commits: list[tuple[ActorId, int]] = field(default_factory=list)
    reports: list[TurnReport] = field(default_factory=list)
    told: list[tuple[ActorId, str]] = field(default_factory=list)
    started: int = 0

    def tell(self, runner: ActorId, word: str) -> None:
        self.told.append((runner, word))
        self.mailboxes.tell(runner, Carry(word), word)

    def invoke(self, kind: str, limit: int) -> Invocation | None:
        """Give a function what its mailbox has, if it has something."""
        delivery = self.mailboxes.receive(kind, limit)
        if delivery is None:
            return None
        self.started += 1
        invocation = Invocation(self, kind, delivery, self.started)
        self.invocations.append(invocation)
        return invocation

    def start(self, kind: str, limit: int = 10) -> Invocation:
        """Give a function what its mailbox has, which must be something."""
        invocation = self.invoke(kind, limit)
        assert invocation is not None, "nothing to handle"
        return invocation

    def handle(self, invocation: Invocation) -> TurnReport:
        memory = in_memory_ports().runtime()
        queues = {"runner": "runner", "collector": "collector"}
        flush = replace(memory.flush, mailboxes=SQSMailboxSender(QueueCalls(invocation), queues, AT_ONCE))
        ports = replace(memory, store=StoreCalls(invocation), flush=flush)
        if invocation.kind == "runner":
            loop = self.loop_type(tagging_runner(invocation), RUNNER_REACH, ports, lambda: 0.0)
        else:
            loop = self.loop_type(COLLECTOR_BEHAVIOR, COLLECTOR_REACH, ports, lambda: 0.0)
        report = loop.handle(invocation.delivery.records, NOON, invocation.token)
        self.reports.append(report)
        return report

    def acknowledge(self, delivery: Delivery, unhandled: Sequence[str]) -> None:
        self.mailboxes.acknowledge(delivery, unhandled)

    def expire(self, delivery: Delivery) -> None:
        """Let the visibility timeout pass, whether or not the invocation still runs."""
        self.mailboxes.expire(delivery.receipt)

    def drain(self) -> None:
        """Let faults end: zombies wake up, crashed deliveries come again, and everything runs until nothing waits."""
        for invocation in list(self.invocations):
            self.finish(invocation)
        for _ in range(200):
            if not self.mailboxes.waiting():
                return
            for receipt in self.mailboxes.in_flight():
                self.mailboxes.expire(receipt)
            for kind in ("runner", "collector"):
                if self.mailboxes.has_visible(kind):
                    self.finish(self.start(kind))
        raise AssertionError("the mailboxes do not drain")

    def finish(self, invocation: Invocation) -> None:
        while invocation in self.invocations:
            invocation.step()

    def check_safety(self) -> None:
        """Check what must hold at every moment: no ghost, no repeat, no gap, order, versions without holes."""
        committed = {runner: self._words(runner) for runner in RUNNERS}
        collected = self._words(COLLECTOR)
        for word in collected:
            assert any(word in words for words in committed.values()), f"ghost: {word} was never committed"
        for runner in RUNNERS:
            told = [word for agent, word in self.told if agent == runner]
            plain = [word.split("|")[0] for word in committed[runner]]
            assert plain == told[: len(plain)], f"{runner} was told {told} and applied {plain}"
            arrived = [word for word in collected if word in committed[runner]]
            expected = committed[runner][: len(arrived)]
            assert arrived == expected, f"{runner} sent {committed[runner]}, of which {arrived} arrived"
        for agent in {agent for agent, _ in self.commits}:
            versions = [version for owner, version in self.commits if owner == agent]
            assert all(later == earlier + 1 for earlier, later in pairwise([0, *versions])), f"{agent}: {versions}"

    def check_all_arrived(self) -> None:
        """Check conservation: what was told was applied and has arrived, once."""
        self.check_safety()
        assert sorted(word.split("|")[0] for word in self._words(COLLECTOR)) == sorted(word for _, word in self.told)

    def _words(self, agent: ActorId) -> list[str]:
        item = self.store.items.get(agent)
        return msgspec.json.decode(stored_state(item))["words"] if item else []


class StoreCalls:
    """The state store as an invocation calls it."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._world = invocation.world

    def load(self, agents: Sequence[ActorId]) -> Any:
        return self._invocation.outside("load", lambda: self._world.store.load(agents))

    def commit(self, items: Sequence[AgentItem]) -> Any:
        return self._invocation.outside("commit", lambda: self._do(items), lambda: self._do_partly(items))

    def _do(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
        outcomes = self._world.store.commit(items)
        self._world.commits += [
            (ActorId.parse(item["agent"]), item["version"])
            for item in items
            if outcomes[ActorId.parse(item["agent"])].status is CommitStatus.COMMITTED
        ]
        return outcomes

    def _do_partly(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
        throttled = {ActorId.parse(items[0]["agent"]): CommitOutcome(CommitStatus.FAILED, "throttled")}
        return {**throttled, **self._do(items[1:])}


class QueueCalls:
    """SQS as an invocation calls it: the part of boto3's client that the mailbox sender uses."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._world = invocation.world

    def send_message_batch(self, **request: Any) -> Any:
        entries = request["Entries"]
        try:
            return self._invocation.outside("send", lambda: self._do(entries), lambda: self._do_partly(entries))
        except PortUnavailableError:
            return {"Failed": [{"Id": entry["Id"], "Code": "lost"} for entry in entries]}

    def _do(self, entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        for entry in entries:
            self._world.mailboxes.put(entry["MessageGroupId"], entry["MessageBody"])
        return {}

    def _do_partly(self, entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        self._do(entries[1:])
        return {"Failed": [{"Id": entries[0]["Id"], "Code": "throttled"}]}


def tagging_runner(invocation: Invocation) -> Behavior[Runner]:
    """Make runners whose executions can be told apart."""

    def on_carry(runner: Runner, carry: Carry, now: Any) -> Turn[Runner]:
        word = f"{carry.word}|{invocation.new_tag()}"
        after = Runner(runner.key, (*runner.words, word))
        return Turn(after, tuple(Send(ActorId.parse(to), Carried(word, 0)) for to in carry.to))

    return Behavior(kind="runner", state_type=Runner, initial_state=Runner, reactions={Carry: on_carry})
