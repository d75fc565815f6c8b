"""A whole system in memory: agents of some kinds with everything they send, and a clock that only moves when told.

For examples, and for trying an agent before it is deployed. What runs is the same turn loop as in Lambda.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import from_item, stored_state
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.behavior import Behavior
from lambdas.actors.codec import EncodedMessage, encode_message
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.actors.coordination.topic_relay import Announced, TopicRelay, subscriptions_to
from lambdas.actors.coordination.topics import TopicMessage
from lambdas.actors.dead_letters import DecidedLetter
from lambdas.actors.frames import Frame
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.in_memory.ports import InMemoryPorts
from lambdas.actors.in_memory.retry_delays import InMemoryRetryDelays
from lambdas.actors.lanes import Lane, mailbox_name
from lambdas.actors.ports import PromiseRecord
from lambdas.actors.reach import Reach
from lambdas.actors.reply_to import ReplyTo
from lambdas.actors.turn_loop import TurnLoop
from lambdas.actors.wake_up_relay import WakeUpRelay

MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
TURNS_LIMIT = 2_000
"""Batches of one call after which agents that keep one another busy are given up."""


class NeverQuietError(RuntimeError):
    """Agents keep telling one another something without end."""


class StagedSpec(Protocol):
    """What a stage must know of a kind of agent; an AgentSpec says it."""

    @property
    def behavior(self) -> Behavior[Any]: ...  # noqa: D102 - see AgentSpec
    @property
    def sends_to(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def publishes(self) -> bool: ...  # noqa: D102
    @property
    def completes_tasks(self) -> bool: ...  # noqa: D102
    @property
    def calls_out(self) -> bool: ...  # noqa: D102
    @property
    def lanes(self) -> tuple[Lane, ...]: ...  # noqa: D102
    @property
    def is_journaled(self) -> bool: ...  # noqa: D102
    @property
    def subscribes_to(self) -> tuple[Subscription, ...]: ...  # noqa: D102


class Stage:
    """Agents on a stage. After each call all messages are handled and nothing moves until the next."""

    def __init__(self, *specs: StagedSpec, now: datetime = MORNING) -> None:
        self.now = now
        self._specs = {spec.behavior.kind: spec for spec in specs}
        lanes = {kind: tuple(spec.lanes) for kind, spec in self._specs.items()}
        mailboxes = InMemoryMailboxes(lanes=lanes, clock=lambda: self.now)
        self.ports = InMemoryPorts(mailboxes=mailboxes, delays=InMemoryRetryDelays(mailboxes))
        self._loops = {kind: self._loop(spec) for kind, spec in self._specs.items()}
        self._relayed = 0
        self._retries: list[datetime] = []
        self._asked = 0
        self._batches = 0

    def tell(self, agent: str, message: Any, lane: Lane = Lane.NORMAL) -> None:
        """Tell an agent something and let everything happen that follows from it at once."""
        self._post(Frame(ActorId.parse(agent), (encode_message(message),), to_lane=lane))

    def ask(self, agent: str, message: Any, timeout: timedelta = timedelta(seconds=25)) -> str:
        """Ask an agent something; ``answer`` shows what became of the promise that this makes."""
        self._asked += 1
        promise_id, deadline = f"promise-{self._asked}", self.now + timeout
        encoded = encode_message(message)
        self.ports.promises.make(PromiseRecord(promise_id, agent, encoded.type, deadline), promise_id)
        question = EncodedMessage(encoded.type, encoded.data, str(ReplyTo.promise(promise_id)), deadline)
        self._post(Frame(ActorId.parse(agent), (question,)))
        return promise_id

    def answer(self, promise_id: str) -> EncodedAnswer | None:
        """Show the outcome of a question, or None while it is open."""
        promise = self.ports.promises.get(promise_id, self.now)
        return promise.answer if promise else None

    def reply(self, promise_id: str) -> Any:
        """Show the value of a question that was answered, as JSON gives it."""
        answer = self.answer(promise_id)
        if answer is None or answer.outcome is not Outcome.REPLIED:
            raise LookupError(f"{promise_id} has no reply: {answer}")
        return msgspec.json.decode(answer.value)

    def refusal(self, promise_id: str) -> str:
        """Say why a question was refused."""
        answer = self.answer(promise_id)
        if answer is None or answer.outcome is not Outcome.REJECTED:
            raise LookupError(f"{promise_id} was not refused: {answer}")
        return answer.reason

    def advance(self, time: timedelta) -> None:
        """Let time pass; reminders, timeouts and retries happen when they are due."""
        end = self.now + time
        while (due := self._next_due()) is not None and due <= end:
            self.now = max(due, self.now)
            WakeUpRelay(self.ports.mailboxes).pass_on(self.ports.wake_ups.take_due(self.now))
            self._retries = [retry for retry in self._retries if retry > self.now]
            self._run()
        self.now = end

    def state(self, agent: str) -> Any:
        """Show what an agent remembers; its initial state when it was never told anything."""
        actor = ActorId.parse(agent)
        behavior = self._specs[actor.kind].behavior
        item = self.ports.store.items.get(actor)
        if item is None:
            return behavior.initial_state(actor.key)
        return msgspec.json.decode(stored_state(item), type=behavior.state_type)

    def record(self, agent: str) -> AgentRecord:
        """Show all that is stored of an agent; raises KeyError for one that was never told anything."""
        return from_item(self.ports.store.items[ActorId.parse(agent)])

    @property
    def letters(self) -> Sequence[DecidedLetter]:
        """The dead letters of all agents."""
        return tuple(self.ports.letters.letters.values())

    def _next_due(self) -> datetime | None:
        wake_ups = [wake_up.due for wake_up in self.ports.wake_ups.scheduled]
        return min((*wake_ups, *self._retries), default=None)

    def _post(self, frame: Frame) -> None:
        self.ports.mailboxes.send([frame])
        self._run()

    def _run(self) -> None:
        """Handle messages until there are none, and carry announcements to their subscribers."""
        first = self._batches
        lanes = [(kind, lane) for kind, spec in self._specs.items() for lane in spec.lanes]
        while sum(self._run_lane(kind, lane) for kind, lane in lanes):
            self._relay()
            if self._batches - first > TURNS_LIMIT:
                raise NeverQuietError(f"after {TURNS_LIMIT} batches agents still tell one another something")

    def _run_lane(self, kind: str, lane: Lane) -> bool:
        delivery = self.ports.mailboxes.receive(mailbox_name(kind, lane))
        if delivery is None:
            return False
        self._batches += 1
        report = self._loops[kind].handle(delivery.records, self.now, f"batch-{self._batches}", lane)
        self.ports.mailboxes.acknowledge(delivery, report.unhandled)
        self._retries += [self.now + delay for _, delay in self.ports.delays.postponed]
        self.ports.delays.postponed.clear()
        return True

    def _relay(self) -> None:
        published = self.ports.events.published[self._relayed :]
        self._relayed += len(published)
        subscribed: Mapping[str, Sequence[Subscription]] = {
            kind: spec.subscribes_to for kind, spec in self._specs.items()
        }
        for event in published:
            if event.type != TopicMessage.__name__:
                continue
            message = msgspec.json.decode(event.detail, type=TopicMessage)
            announced = [
                Announced(kind, subscription, event.event_id, message)
                for kind, subscription in subscriptions_to(message.topic, subscribed)
            ]
            TopicRelay(self.ports.mailboxes).pass_on(announced, self.now)

    def _loop(self, spec: StagedSpec) -> TurnLoop[Any]:
        reach = Reach(frozenset(spec.sends_to), spec.publishes, spec.completes_tasks, spec.calls_out)
        no_jitter: Callable[[], float] = lambda: 0.0  # noqa: E731 - retries come at the same time in every run
        return TurnLoop(spec.behavior, reach, self.ports.runtime(), no_jitter, is_journaled=spec.is_journaled)
