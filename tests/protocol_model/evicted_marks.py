"""Eviction of marks: an item has room for one mark, and three senders may repeat themselves at any time.

Two senders use one lane, the third the other. A mark for which there is no room goes into the outbox of the lane that
runs, and from there into a store; until it has arrived there the stored outbox has it. A sender of which the item has
no mark is looked up in the outboxes of all lanes and in the store, which is read after the item.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.protocol_model.agent_model import AgentModel, Entry, Faults, Item, Out, Record, Turn, World
from tests.protocol_model.violations import Kind, Violation, judge_log

ROOM = 1
"""Marks in the item."""

Lanes = tuple[tuple[tuple[str, int], ...], ...]
"""What is sent through each lane: (sender, sequence)."""

Marks = tuple[tuple[str, int], ...]
"""Sequences by sender."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The protocol as it is built; a mutant differs in one field."""

    evicts_after_commit: bool = True
    eviction_is_stored: bool = True
    store_keeps_highest: bool = True
    looks_into_outboxes: bool = True
    looks_into_all_lanes: bool = True
    takes_the_higher: bool = True
    """Of a sender that is in an outbox and in the store; otherwise that of the store."""
    sets_flag: bool = True
    """The item says that there are marks elsewhere; without it the store is not asked."""
    reads_after_loading: bool = True
    """The store is read after the item, and again after the item was loaded again."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens."""

    lanes: Lanes = ((("s1", 1), ("s2", 1), ("s1", 2)), (("s3", 1),))
    resends: int = 1
    faults: Faults = field(default_factory=lambda: Faults(zombies=0))


class Agent(NamedTuple):
    """State of the agent; the mark that was unused longest comes first."""

    done: tuple[tuple[str, int], ...] = ()
    marks: Marks = ()
    has_evicted: bool = False


class Outside(NamedTuple):
    """The store of marks, and how often the senders may still repeat themselves."""

    store: Marks = ()
    resends: int = 1


class EvictedMarks(AgentModel):
    """One agent that is told by more senders than it can remember."""

    reads_before_running = True

    def __init__(self, rules: Rules, size: Size) -> None:
        super().__init__(size.faults)
        self._rules = rules
        self._size = size
        self.reads_again_on_redo = rules.reads_after_loading

    def mailboxes(self) -> tuple[tuple[Record, ...], ...]:
        return self._size.lanes

    def first_state(self) -> Agent:
        return Agent()

    def first_outside(self) -> Outside:
        return Outside(resends=self._size.resends)

    def happenings(self, world: World) -> Iterator[tuple[str, Out]]:
        """A sender repeats a message that is on its way or was handled."""
        outside: Outside = world.outside
        if not outside.resends:
            return
        for lane, records in enumerate(self._size.lanes):
            for record in records:
                fewer = outside._replace(resends=outside.resends - 1)
                yield f"{record} is sent again", Out(fewer, ((lane, record),))

    def read(self, outside: Outside) -> Marks:
        return outside.store

    def turns(self, item: Item, lane: int, fresh: tuple[Record, ...], read: Any) -> Iterable[Turn]:
        """FILTER by marks, and make room for those of new senders."""
        agent: Agent = item.state
        elsewhere = self._elsewhere(item, lane, read if agent.has_evicted else ())
        marks, done = dict(agent.marks), agent.done
        for sender, sequence in fresh:
            if sequence > marks.get(sender, elsewhere.get(sender, 0)):
                done += ((sender, sequence),)
                marks.pop(sender, None)
                marks[sender] = sequence
        evicted = tuple(marks.items())[: max(0, len(marks) - ROOM)]
        entries: tuple[Entry, ...] = tuple(("mark", sender, sequence) for sender, sequence in evicted)
        has_evicted = self._rules.sets_flag and (agent.has_evicted or bool(evicted))
        after = Agent(done, tuple(marks.items())[len(evicted) :], has_evicted)
        turn = Turn(f"done {list(done)}, marks {list(after.marks)}", after, len(fresh))
        if not self._rules.evicts_after_commit:
            yield turn._replace(leaks=entries)
        elif not self._rules.eviction_is_stored:
            yield turn._replace(loose=entries)
        else:
            yield turn._replace(outbox=entries)

    def _elsewhere(self, item: Item, mine: int, store: Marks) -> dict[str, int]:
        """Look senders up where the item has no mark of them."""
        rules = self._rules
        lanes = item.lanes if rules.looks_into_all_lanes else item.lanes[mine : mine + 1]
        entries = [entry for lane in lanes for entry in lane.outbox] if rules.looks_into_outboxes else []
        highest: dict[str, int] = {}
        for _, sender, sequence in entries:
            highest[sender] = max(sequence, highest.get(sender, 0))
        for sender, sequence in store:
            highest[sender] = max(sequence, highest.get(sender, 0)) if rules.takes_the_higher else sequence
        return highest

    def let_out(self, entry: Entry, outside: Outside) -> Out:
        """Keep a mark, of one sender the highest."""
        _, sender, sequence = entry
        store = dict(outside.store)
        store[sender] = max(sequence, store.get(sender, 0)) if self._rules.store_keeps_highest else sequence
        return Out(outside._replace(store=tuple(sorted(store.items()))))

    def violation(self, world: World, *, at_rest: bool) -> Violation | None:
        """Each sender's messages are done once and in order."""
        agent: Agent = world.item.state
        for sender in sorted({sender for records in self._size.lanes for sender, _ in records}):
            wanted = [record for records in self._size.lanes for record in records if record[0] == sender]
            log = [entry for entry in agent.done if entry[0] == sender]
            if broken := judge_log(log, wanted, at_rest=at_rest, of="the agent"):
                return broken
        return None


PROTOCOL = Rules()

ONE_CRASH = Size()
ONE_ZOMBIE = Size(faults=Faults(crashes=0, batch=1))
ONE_LANE = Size(
    lanes=((("s1", 1), ("s2", 1), ("s1", 2), ("s3", 1), ("s2", 2)),),
    faults=Faults(crashes=0, batch=1),
)

SIZES = {
    "3 senders, 4 messages, 1 crash": ONE_CRASH,
    "3 senders, 4 messages, batches of 1, 1 zombie": ONE_ZOMBIE,
    "3 senders, 5 messages in 1 lane, batches of 1, 1 zombie": ONE_LANE,
}

LARGER = {
    "3 senders, 4 messages, 1 zombie": Size(faults=Faults(crashes=0)),
}

MUTANTS = [
    ("evicts before the commit", Rules(evicts_after_commit=False), Kind.LOSS, ONE_CRASH),
    ("evicts without the outbox", Rules(eviction_is_stored=False), Kind.DUPLICATE, ONE_CRASH),
    ("overwrites a higher mark in the store", Rules(store_keeps_highest=False), Kind.DUPLICATE, ONE_LANE),
    ("does not look into the stored outboxes", Rules(looks_into_outboxes=False), Kind.DUPLICATE, ONE_CRASH),
    ("looks into the outbox of its own lane only", Rules(looks_into_all_lanes=False), Kind.DUPLICATE, ONE_CRASH),
    ("trusts the store more than an outbox", Rules(takes_the_higher=False), Kind.DUPLICATE, ONE_CRASH),
    ("does not note that it has evicted", Rules(sets_flag=False), Kind.DUPLICATE, ONE_CRASH),
    ("reads the store before the item", Rules(reads_after_loading=False), Kind.DUPLICATE, ONE_ZOMBIE),
]
