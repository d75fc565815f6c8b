"""Everything outside an invocation: queues, tables and ways out. What leaves an agent passes the ledger here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lambdas.actors.agent_item import AgentItem
from lambdas.actors.dead_letters import DeadLetter, LetterKind, SettledLetter
from lambdas.actors.lanes import mailbox_name
from lambdas.actors.outbox import EvictedMark, ExternalCall, FleetEventRecord, PromiseOutcome, TaskAnswer, WakeUp
from lambdas.actors.ports import CommitOutcome
from tests.simulation.cast import LANES_OF
from tests.simulation.course import Course
from tests.simulation.invocations import Invocation
from tests.simulation.ledger import Ledger
from tests.simulation.queues import Queues
from tests.simulation.stores import Claims, Items, Letters, Marks, Promises

DEDUPLICATION_WINDOWS_SECONDS = (0.0, 300.0)
QUEUES = {mailbox_name(kind, lane): (kind, lane) for kind, lanes in LANES_OF.items() for lane in lanes}


@dataclass
class PendingWakeUp:
    """A wake-up that was accepted, and the second at which it is passed on."""

    at: float
    wake_up: WakeUp


@dataclass
class Outside:
    """The simulated AWS."""

    course: Course
    clock: Callable[[], float]
    promises: Promises = field(default_factory=Promises)
    claims: Claims = field(default_factory=Claims)
    marks: Marks = field(default_factory=Marks)
    letters: Letters = field(default_factory=Letters)
    items_type: type[Items] = Items
    wake_ups: list[PendingWakeUp] = field(default_factory=list)
    may_lose_wake_ups: bool = False

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.claims, self.letters)
        self.items = self.items_type(lambda before, item: None)
        self.queues = Queues(self.clock, self.course.one_of(DEDUPLICATION_WINDOWS_SECONDS))

    def commit(self, invocation: Invocation, item: AgentItem) -> CommitOutcome:
        """Write an item, and have the ledger check what was written."""
        self.items.on_commit = lambda before, after: self.ledger.committed(invocation, before, after)
        return self.items.commit(item)

    def put(self, queue: str, group: str, body: str, deduplication_id: str) -> None:
        """Take a frame that leaves an agent."""
        self.ledger.frame_leaves(queue, body)
        record = self.queues.put(queue, group, body, deduplication_id)
        if record is not None:
            self.ledger.enqueued(record)

    def remember(self, mark: EvictedMark) -> None:
        self.ledger.leaves(mark)
        self.marks.remember(mark)

    def park(self, letter: DeadLetter) -> None:
        self.ledger.leaves(letter, needs_commit=letter.kind is not LetterKind.REFUSED)
        self.letters.park(letter)

    def settle(self, settled: SettledLetter) -> None:
        self.ledger.leaves(settled)
        self.letters.settle(settled)

    def schedule(self, wake_up: WakeUp, now: datetime) -> None:
        self.ledger.leaves(wake_up)
        if self.may_lose_wake_ups and self.course.disturbs("lose a wake-up", 0.3):
            return
        late = self.course.number(0, 600) if self.course.disturbs("late wake-up", 0.1) else 0
        at = self.clock() + max((wake_up.due - now).total_seconds(), 0.0) + late
        self.wake_ups.append(PendingWakeUp(at, wake_up))
        if self.course.disturbs("double wake-up", 0.1):
            self.wake_ups.append(PendingWakeUp(at + 1, wake_up))

    def publish(self, event: FleetEventRecord) -> None:
        self.ledger.leaves(event)

    def hand_over(self, call: ExternalCall) -> None:
        self.ledger.leaves(call)

    def keep(self, outcome: PromiseOutcome) -> None:
        self.ledger.leaves(outcome)
        self.promises.keep(outcome)

    def complete(self, answer: TaskAnswer) -> None:
        self.ledger.leaves(answer)
