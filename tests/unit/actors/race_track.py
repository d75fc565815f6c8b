"""A turn loop for runners over ports in memory, and the ways to look at what it did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import from_item, stored_state
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.behavior import Behavior
from lambdas.actors.dead_letters import DeadLetter
from lambdas.actors.frames import Frame, decode_frame
from lambdas.actors.in_memory.claim_store import InMemoryClaimStore
from lambdas.actors.in_memory.dead_letter_store import InMemoryDeadLetterStore
from lambdas.actors.in_memory.mailboxes import Delivery, InMemoryMailboxes
from lambdas.actors.in_memory.mark_store import InMemoryMarkStore
from lambdas.actors.in_memory.ports import InMemoryPorts
from lambdas.actors.in_memory.promise_store import InMemoryPromiseStore
from lambdas.actors.in_memory.retry_delays import InMemoryRetryDelays
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.in_memory.ways_out import (
    InMemoryEventPublisher,
    InMemoryExternalCaller,
    InMemoryTaskCompleter,
    InMemoryWakeUpScheduler,
)
from lambdas.actors.outbox import WakeUp
from lambdas.actors.turn_loop import TurnLoop
from lambdas.actors.turn_report import TurnReport
from lambdas.actors.wake_up_relay import WakeUpRelay
from tests.unit.actors.relay_race import COLLECTOR, NOON, RUNNER, RUNNER_BEHAVIOR, RUNNER_REACH


class DeafMailboxes(InMemoryMailboxes):
    """Mailboxes that do not take frames for some agents."""

    def __init__(self) -> None:
        super().__init__()
        self.deaf: set[ActorId] = set()

    def send(self, frames: Sequence[Frame]) -> Collection[int]:
        super().send([frame for frame in frames if frame.to not in self.deaf])
        return [place for place, frame in enumerate(frames) if frame.to in self.deaf]


@dataclass
class RaceTrack:
    """Runners, their mailbox, and everything that leaves them."""

    behavior: Behavior[Any] = RUNNER_BEHAVIOR
    now: datetime = NOON
    store: InMemoryStateStore = field(default_factory=InMemoryStateStore)
    mailboxes: DeafMailboxes = field(default_factory=DeafMailboxes)
    wake_ups: InMemoryWakeUpScheduler = field(default_factory=InMemoryWakeUpScheduler)
    events: InMemoryEventPublisher = field(default_factory=InMemoryEventPublisher)
    tasks: InMemoryTaskCompleter = field(default_factory=InMemoryTaskCompleter)
    claims: InMemoryClaimStore = field(default_factory=InMemoryClaimStore)
    marks: InMemoryMarkStore = field(default_factory=InMemoryMarkStore)
    calls: InMemoryExternalCaller = field(default_factory=InMemoryExternalCaller)
    promises: InMemoryPromiseStore = field(default_factory=InMemoryPromiseStore)
    letters: InMemoryDeadLetterStore = field(default_factory=InMemoryDeadLetterStore)
    delays: InMemoryRetryDelays = field(default_factory=InMemoryRetryDelays)
    turns: int = 0

    def tell(self, message: Any, to: ActorId = RUNNER) -> None:
        self.mailboxes.tell(to, message, "")

    def run(self, limit: int = 10, *, acknowledges: bool = True) -> TurnReport:
        """Handle one delivery; without the acknowledgement it comes again, as after a crash."""
        delivery = self.receive(limit)
        self.turns += 1
        report = self.loop().handle(delivery.records, self.now, f"turn-{self.turns}")
        if acknowledges:
            self.mailboxes.acknowledge(delivery, report.unhandled)
        else:
            self.mailboxes.expire(delivery.receipt)
        return report

    def receive(self, limit: int = 10) -> Delivery:
        delivery = self.mailboxes.receive("runner", limit)
        assert delivery is not None, "nothing to handle"
        return delivery

    def loop(self) -> TurnLoop[Any]:
        return TurnLoop(self.behavior, RUNNER_REACH, self.ports().runtime(), lambda: 0.0)

    def ports(self) -> InMemoryPorts:
        return InMemoryPorts(
            mailboxes=self.mailboxes,
            store=self.store,
            claims=self.claims,
            marks=self.marks,
            wake_ups=self.wake_ups,
            events=self.events,
            tasks=self.tasks,
            calls=self.calls,
            promises=self.promises,
            letters=self.letters,
            delays=self.delays,
        )

    def pass_time(self, until: datetime) -> None:
        """Let time pass: wake-ups that are due are relayed and handled."""
        while due := sorted(wake_up.due for wake_up in self.wake_ups.scheduled if wake_up.due <= until):
            self.now = max(self.now, due[0])
            self.relay(self.wake_ups.take_due(self.now))
            while self.mailboxes.has_visible("runner"):
                self.run()
        self.now = until

    def relay(self, wake_ups: Sequence[WakeUp]) -> None:
        WakeUpRelay(self.mailboxes).pass_on(wake_ups)

    def record(self, agent: ActorId = RUNNER) -> AgentRecord:
        return from_item(self.store.items[agent])

    def open_letters(self) -> list[DeadLetter]:
        return [decided.letter for decided in self.letters.list(None, 100).letters]

    def words(self, agent: ActorId = RUNNER) -> list[str]:
        item = self.store.items.get(agent)
        return msgspec.json.decode(stored_state(item))["words"] if item else []

    def frames(self, to: ActorId = COLLECTOR) -> list[Frame]:
        return [decode_frame(record.body, to) for record in self.mailboxes.waiting(to.kind) if record.agent == str(to)]

    def sequences(self, to: ActorId = COLLECTOR) -> list[int]:
        """Show the sequence numbers of the frames that left."""
        return [frame.sender.sequence for frame in self.frames(to) if frame.sender]

    def stored_sequences(self) -> list[int]:
        """Show the sequence numbers of the frames in the stored outbox."""
        outbox = self.record().lanes["normal"].outbox
        return [frame.sender.sequence for frame in outbox.frames if frame.sender]

    def arrived(self, to: ActorId = COLLECTOR) -> list[str]:
        return [msgspec.json.decode(message.data)["word"] for frame in self.frames(to) for message in frame.messages]
