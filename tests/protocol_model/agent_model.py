"""One agent, its mailboxes, and everything that can befall its turns; what the turns do is left to a specification.

The same steps, faults and reductions as in ``turn_model``, for questions that one agent is enough to ask. What leaves
it goes to ``outside``, a value of the specification's own: a receiver, stores, clients, operators.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.protocol_model.violations import Violation

RUN, FLUSH, ACK, READ = "run", "flush", "acknowledge", "read"

Record = tuple[Any, ...]
"""A mailbox message."""

Entry = tuple[Any, ...]
"""Something in an outbox, named by its first part."""


class Lane(NamedTuple):
    """How far a lane has come; ``handled`` counts from the front of its mailbox."""

    handled: int = 0
    outbox: tuple[Entry, ...] = ()
    in_hand: tuple[int, ...] = ()
    """(done, attempts) of the message after ``handled``, when a commit has touched it without finishing it."""


class Item(NamedTuple):
    """What is stored of the agent. No two versions look the same: each commit moves ``handled`` or ``in_hand``."""

    lanes: tuple[Lane, ...]
    state: Any


class Invocation(NamedTuple):
    """One run of the function; without ``holds`` its messages are visible to others: it is a zombie."""

    lane: int
    stage: str
    holds: bool
    first: int
    records: tuple[Record, ...]
    loaded: tuple[Item, ...]
    outbox: tuple[Entry, ...] = ()
    finished: int = 0
    """How many of the records are acknowledged in the end; the others come again."""
    read: tuple[Any, ...] = ()
    """What it has read outside before it ran."""


class World(NamedTuple):
    """Everything."""

    mailboxes: tuple[tuple[Record, ...], ...]
    item: Item
    invocations: tuple[Invocation, ...]
    outside: Any
    crashes: int
    zombies: int


class Turn(NamedTuple):
    """What running fresh records has come to."""

    what: str
    state: Any
    finished: int
    """How many of the fresh records are done with."""
    in_hand: tuple[int, ...] = ()
    outbox: tuple[Entry, ...] = ()
    leaks: tuple[Entry, ...] = ()
    """Let out before the commit: only mutants do."""
    loose: tuple[Entry, ...] = ()
    """Let out after the commit and not stored: only mutants do."""


class Out(NamedTuple):
    """What became of something that has left."""

    outside: Any
    delivered: tuple[tuple[int, Record], ...] = ()
    """Records that it puts into mailboxes of the agent itself, by lane."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How much may go wrong, and how many messages one delivery brings at most."""

    crashes: int = 1
    zombies: int = 1
    batch: int = 2


class AgentModel(ABC):
    """A model of one agent. A subclass says what its turns do and what must hold."""

    reads_before_running = False
    """Whether there is a step between LOAD and RUN that reads something outside."""
    reads_again_on_redo = True
    carries_what_is_in_hand = True

    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    @abstractmethod
    def mailboxes(self) -> tuple[tuple[Record, ...], ...]:
        """What waits in the lanes at the start."""

    @abstractmethod
    def first_state(self) -> Any:
        """The state of an agent that was never told anything."""

    @abstractmethod
    def first_outside(self) -> Any:
        """The world around it."""

    @abstractmethod
    def turns(self, item: Item, lane: int, fresh: tuple[Record, ...], read: Any) -> Iterable[Turn]:
        """What running records that are not known to be handled may come to."""

    @abstractmethod
    def let_out(self, entry: Entry, outside: Any) -> Out | None:
        """What becomes of an entry of an outbox; None when it cannot leave yet, and is tried until it can."""

    @abstractmethod
    def violation(self, world: World, *, at_rest: bool) -> Violation | None:
        """The promise that is broken."""

    def happenings(self, world: World) -> Iterable[tuple[str, Out]]:
        """What may happen outside of its own accord."""
        return ()

    def read(self, outside: Any) -> Any:
        """What an invocation reads outside before it runs."""
        return None

    def received(self, outside: Any, records: tuple[Record, ...]) -> Any:
        """What a delivery changes outside."""
        return outside

    def start(self) -> World:
        mailboxes = self.mailboxes()
        item = Item((Lane(),) * len(mailboxes), self.first_state())
        return World(mailboxes, item, (), self.first_outside(), self.faults.crashes, self.faults.zombies)

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """Whatever may happen next."""
        for what, out in self.happenings(world):
            yield what, _after(world, out)
        held = {invocation.lane for invocation in world.invocations if invocation.holds}
        for lane, records in enumerate(world.mailboxes):
            if records and lane not in held:
                yield from self._receive(world, lane, records)
        for place, invocation in enumerate(world.invocations):
            rest = world._replace(invocations=world.invocations[:place] + world.invocations[place + 1 :])
            yield from self._fate(rest, invocation)
            yield from self._goes_on(rest, invocation)

    def _goes_on(self, rest: World, invocation: Invocation) -> Iterator[tuple[str, World]]:
        """Let an invocation do what is next."""
        match invocation.stage:
            case "read":
                ran = invocation._replace(stage=RUN, read=(self.read(rest.outside),))
                yield self._says(invocation, "reads what it needs"), _with(rest, ran)
            case "run":
                yield from self._run(rest, invocation)
            case "flush":
                yield from self._flush(rest, invocation)
            case "acknowledge":
                yield self._says(invocation, "acknowledges"), _removed(rest, invocation.lane, invocation.finished)

    def _receive(self, world: World, lane: int, records: tuple[Record, ...]) -> Iterator[tuple[str, World]]:
        stage = READ if self.reads_before_running else RUN
        for count in range(1, min(self.faults.batch, len(records)) + 1):
            taken = records[:count]
            invocation = Invocation(lane, stage, holds=True, first=1, records=taken, loaded=(world.item,))
            after = world._replace(outside=self.received(world.outside, taken))
            yield self._says(invocation, f"receives {list(taken)}"), _with(after, invocation)

    def _fate(self, rest: World, invocation: Invocation) -> Iterator[tuple[str, World]]:
        if rest.crashes:
            yield self._says(invocation, f"crashes before {invocation.stage}"), rest._replace(crashes=rest.crashes - 1)
        if invocation.holds and rest.zombies:
            zombie = rest._replace(zombies=rest.zombies - 1)
            after = _going_on(zombie, invocation._replace(holds=False))
            yield self._says(invocation, f"becomes a zombie before {invocation.stage}"), after

    def _run(self, rest: World, invocation: Invocation) -> Iterator[tuple[str, World]]:
        """FILTER, RUN, COMMIT under the fence; or LOAD again, late or because the fence was lost."""
        loaded, stored = invocation.loaded[0], rest.item
        if loaded != stored:
            yield self._says(invocation, "loads again"), _with(rest, self._reloaded(invocation, stored))
        lane = loaded.lanes[invocation.lane]
        known = max(0, min(lane.handled - invocation.first + 1, len(invocation.records)))
        fresh = invocation.records[known:]
        if not fresh:
            flushing = invocation._replace(stage=FLUSH, loaded=(), read=(), outbox=lane.outbox, finished=known)
            yield self._says(invocation, f"finds nothing new, flushes {list(lane.outbox)}"), _going_on(rest, flushing)
            return
        is_carried = known or (lane.in_hand and self.carries_what_is_in_hand)
        carried = lane.outbox if is_carried else ()
        for turn in self.turns(loaded, invocation.lane, fresh, invocation.read[0] if invocation.read else None):
            yield from self._leak(rest, invocation, turn)
            if loaded == stored:
                yield self._commit(rest, invocation, turn, carried, known)

    def _reloaded(self, invocation: Invocation, stored: Item) -> Invocation:
        if self.reads_before_running and self.reads_again_on_redo:
            return invocation._replace(stage=READ, loaded=(stored,), read=())
        return invocation._replace(loaded=(stored,))

    def _leak(self, rest: World, invocation: Invocation, turn: Turn) -> Iterator[tuple[str, World]]:
        """A mutant lets something out before its commit, which then never comes."""
        if not turn.leaks:
            return
        leaked = self._all_out(rest, turn.leaks)
        if rest.crashes:
            crashed = leaked._replace(crashes=rest.crashes - 1)
            yield self._says(invocation, f"{turn.what}, lets out {list(turn.leaks)}, crashes before commit"), crashed
        if invocation.loaded[0] != rest.item:
            again = self._reloaded(invocation, rest.item)
            yield self._says(invocation, f"{turn.what}, lets out {list(turn.leaks)}, is fenced"), _with(leaked, again)

    def _commit(
        self, rest: World, invocation: Invocation, turn: Turn, carried: tuple[Entry, ...], known: int
    ) -> tuple[str, World]:
        lanes, mine = list(rest.item.lanes), invocation.lane
        outbox = carried + turn.outbox
        handled = lanes[mine].handled
        if turn.finished:
            handled = invocation.first + known + turn.finished - 1
        lanes[mine] = Lane(handled, outbox, turn.in_hand)
        world = self._all_out(rest, turn.leaks)._replace(item=Item(tuple(lanes), turn.state))
        flushing = invocation._replace(
            stage=FLUSH, loaded=(), read=(), outbox=outbox + turn.loose, finished=known + turn.finished
        )
        return self._says(invocation, f"commits: {turn.what}, outbox {list(outbox)}"), _going_on(world, flushing)

    def _flush(self, rest: World, invocation: Invocation) -> Iterator[tuple[str, World]]:
        entry = invocation.outbox[0]
        out = self.let_out(entry, rest.outside)
        if out is not None:
            shorter = invocation._replace(outbox=invocation.outbox[1:])
            yield self._says(invocation, f"lets out {entry}"), _going_on(_after(rest, out), shorter)

    def _all_out(self, world: World, entries: tuple[Entry, ...]) -> World:
        for entry in entries:
            out = self.let_out(entry, world.outside)
            world = world if out is None else _after(world, out)
        return world

    def _says(self, invocation: Invocation, what: str) -> str:
        lane = f" (lane {invocation.lane})" if len(self.mailboxes()) > 1 else ""
        return f"{'agent' if invocation.holds else 'zombie'}{lane} {what}"


def _going_on(world: World, invocation: Invocation) -> World:
    """Put an invocation back, one stage on when the flush is done; a zombie's acknowledgement would do nothing."""
    if invocation.stage == FLUSH and not invocation.outbox:
        invocation = invocation._replace(stage=ACK, records=())
    is_over = invocation.stage == ACK and not (invocation.holds and invocation.finished)
    return world if is_over else _with(world, invocation)


def _with(world: World, invocation: Invocation) -> World:
    return world._replace(invocations=tuple(sorted((*world.invocations, invocation))))


def _after(world: World, out: Out) -> World:
    mailboxes = list(world.mailboxes)
    for lane, record in out.delivered:
        mailboxes[lane] += (record,)
    return world._replace(outside=out.outside, mailboxes=tuple(mailboxes))


def _removed(world: World, lane: int, count: int) -> World:
    """Remove messages from the front of a mailbox; places are counted anew from the new front."""

    def moved(item: Item) -> Item:
        lanes = list(item.lanes)
        lanes[lane] = lanes[lane]._replace(handled=lanes[lane].handled - count)
        return item._replace(lanes=tuple(lanes))

    def moved_invocation(i: Invocation) -> Invocation:
        first = i.first - count if i.lane == lane else i.first
        return i._replace(first=first, loaded=tuple(map(moved, i.loaded)))

    mailboxes = list(world.mailboxes)
    mailboxes[lane] = mailboxes[lane][count:]
    invocations = tuple(sorted(map(moved_invocation, world.invocations)))
    return world._replace(mailboxes=tuple(mailboxes), item=moved(world.item), invocations=invocations)
