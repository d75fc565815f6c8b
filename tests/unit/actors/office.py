"""Example agents that ask, answer, hold, refuse, fail and begin anew; and an office in which they work."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import from_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.answers import Answer, Rejected, Replied, TimedOut
from lambdas.actors.behavior import Behavior, Continuation
from lambdas.actors.codec import EncodedMessage, encode_message
from lambdas.actors.dead_letters import DeadLetter
from lambdas.actors.effects import Effect
from lambdas.actors.frames import Frame
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.in_memory.ports import InMemoryPorts
from lambdas.actors.lanes import Lane
from lambdas.actors.reach import Reach
from lambdas.actors.turn import Turn
from lambdas.actors.turn_loop import TurnLoop
from lambdas.actors.turn_report import TurnReport
from lambdas.actors.wake_up_relay import WakeUpRelay

LANES = {"clerk": (Lane.CONTROL, Lane.NORMAL)}

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

ANNA, BERT = ActorId("clerk", "anna"), ActorId("clerk", "bert")
REACH = Reach(frozenset({"clerk"}), publishes=True, completes_tasks=True, calls_out=True)


@dataclass(frozen=True, slots=True)
class Note:
    """Remember a word."""

    word: str


@dataclass(frozen=True, slots=True)
class Stumble:
    """Raise."""


@dataclass(frozen=True, slots=True)
class Task:
    """Do what the test wants: have the effects it has put under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Clerk:
    """What a clerk remembers."""

    words: tuple[str, ...] = ()


def noted(clerk: Clerk, word: str) -> Clerk:
    return replace(clerk, words=(*clerk.words, word))


def on_note(clerk: Clerk, message: Note, now: datetime) -> Turn[Clerk]:
    return Turn(noted(clerk, message.word))


def on_stumble(clerk: Clerk, message: Stumble, now: datetime) -> Turn[Clerk]:
    raise RuntimeError("stumbled")


def on_answer(clerk: Clerk, answer: Answer, now: datetime) -> Turn[Clerk]:
    match answer:
        case Replied(Note(word)):
            return Turn(noted(clerk, f"heard {word}"))
        case Replied(value):
            return Turn(noted(clerk, f"heard {value}"))
        case Rejected(reason):
            return Turn(noted(clerk, f"refused: {reason}"))
        case TimedOut():
            return Turn(noted(clerk, "heard nothing"))


CLERK = Behavior(
    kind="clerk",
    state_type=Clerk,
    initial_state=lambda _key: Clerk(),
    reactions={Note: on_note, Stumble: on_stumble},
    continuations=(Continuation(on_answer, reads=(Note,)),),
)


@dataclass
class Office:
    """Clerks over ports in memory. ``tasks`` says which effects a task has."""

    behavior: Behavior[Clerk] = CLERK
    tasks: dict[str, tuple[Effect, ...]] = field(default_factory=dict)
    ports: InMemoryPorts = field(default_factory=lambda: InMemoryPorts(mailboxes=InMemoryMailboxes(lanes=LANES)))
    reach: Reach = REACH
    now: datetime = NOON
    turns: int = 0

    def loop(self) -> TurnLoop[Clerk]:
        def on_task(clerk: Clerk, message: Task, now: datetime) -> Turn[Clerk]:
            return Turn(noted(clerk, message.name), self.tasks[message.name])

        behavior = replace(self.behavior, reactions={Task: on_task, **self.behavior.reactions})
        return TurnLoop(behavior, self.reach, self.ports.runtime(), lambda: 0.0)

    def tell(self, *messages: Any, to: ActorId = ANNA, lane: str = Lane.NORMAL, **fields: Any) -> None:
        """Tell an agent messages, each in a frame of its own."""
        for message in messages:
            encoded = message if isinstance(message, EncodedMessage) else encode_message(message)
            self.ports.mailboxes.send([Frame(to, (encoded,), to_lane=lane, **fields)])

    def ask(self, message: Any, reply_to: str, to: ActorId = ANNA, expires: datetime | None = None) -> None:
        encoded = encode_message(message)
        self.tell(EncodedMessage(encoded.type, encoded.data, reply_to, expires), to=to)

    def run(self, lane: str = Lane.NORMAL) -> TurnReport:
        """Handle one delivery."""
        delivery = self.ports.mailboxes.receive("clerk" if lane == Lane.NORMAL else f"clerk.{lane}")
        assert delivery is not None, "nothing to handle"
        self.turns += 1
        report = self.loop().handle(delivery.records, self.now, f"turn-{self.turns}", lane)
        self.ports.mailboxes.acknowledge(delivery, report.unhandled)
        return report

    def work(self) -> list[TurnReport]:
        """Handle deliveries until nothing waits; a message that fails comes again at once."""
        reports = []
        while lanes := [lane for lane in ("control", "normal") if self._has(lane)]:
            reports.append(self.run(lanes[0]))
            assert len(reports) < 200, "the office does not come to rest"
        return reports

    def pass_time(self, time: timedelta) -> None:
        """Let time pass: wake-ups that are due are relayed and handled."""
        until = self.now + time
        while due := sorted(wake_up.due for wake_up in self.ports.wake_ups.scheduled if wake_up.due <= until):
            self.now = max(self.now, due[0])
            WakeUpRelay(self.ports.mailboxes).pass_on(self.ports.wake_ups.take_due(self.now))
            self.work()
        self.now = until

    def record(self, agent: ActorId = ANNA) -> AgentRecord:
        return from_item(self.ports.store.items[agent])

    def words(self, agent: ActorId = ANNA) -> Sequence[str]:
        state = self.record(agent).state
        return [] if state is None else list(self.loop()._codec.decode_state(state).words)

    def open_letters(self) -> list[DeadLetter]:
        return [kept.letter for kept in self.ports.letters.list(None, 100).letters]

    def _has(self, lane: str) -> bool:
        return self.ports.mailboxes.has_visible("clerk" if lane == "normal" else f"clerk.{lane}")
