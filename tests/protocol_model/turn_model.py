"""The turn protocol as a model: every step of an invocation, and everything that can befall it.

SQS is at its worst: repeats are never dropped by the queue, a message may become visible again at any time, and an
invocation that lost its messages so may go on at any later time (a zombie).

Four reductions keep the states few. Each leaves out only states from which the same can happen as from one kept:

* RECEIVE loads at once. Whoever would have loaded later does so here as well: an invocation whose item is no longer
  the stored one may load again at any time before its commit. That is also what the loser of the fence does.
* A crash makes the messages visible at once. Later is no different: nobody is made to receive them.
* Running and committing are one step. A run leaves no trace outside the process before its commit.
* An invocation that can change nothing any more is gone: it has only to acknowledge, without holding its messages; or
  it is a zombie of ``B``, which sends nothing, and all its messages are known to be handled.
"""

from collections.abc import Iterator

from tests.protocol_model.turn_rules import Order, Resends, Rules, Size
from tests.protocol_model.turn_world import (
    ACK,
    COMMIT,
    FLUSH,
    RUN,
    A,
    B,
    Entry,
    Frame,
    Invocation,
    Item,
    Lane,
    Mark,
    World,
)
from tests.protocol_model.violations import Kind, Violation, judge_log

Step = tuple[str, World]


class TurnModel:
    """Client -> A -> B under some rules, at some size."""

    def __init__(self, rules: Rules, size: Size) -> None:
        self._rules = rules
        self._size = size
        self._to_b = size.lanes
        """The place of B's mailbox."""

    def start(self) -> World:
        """The client's commands wait in A's mailboxes."""
        size = self._size
        item_of_a = Item((), (Lane(),) * size.lanes)
        mailboxes = tuple(self._of_client(lane) for lane in range(size.lanes))
        return World(
            (*mailboxes, ()), (item_of_a, Item((), (Lane(),))), (), size.crashes, size.zombies, size.partial_sends
        )

    def _of_client(self, lane: int) -> tuple[Frame, ...]:
        size = self._size
        sender = "client" if size.one_sender else f"client {lane}"
        step = size.lanes if size.one_sender else 1
        offset = lane if size.one_sender else 0
        return tuple(
            Frame(sender, 1 + offset + place * step, ((command, 0, 0),))
            for place, command in enumerate(self._commands(lane))
        )

    def _commands(self, lane: int) -> list[str]:
        return [f"{'nc'[lane]}{number}" for number in range(1, self._size.commands + 1)]

    def violation(self, world: World, *, at_rest: bool) -> Violation | None:
        """No ghost in B's log; each agent did each lane's commands once, in order, and all of them in the end."""
        of_a, of_b = (item.log for item in world.agents)
        committed = {(command, run) for command, _, run in of_a}
        if ghosts := [entry for entry in of_b if (entry[0], entry[2]) not in committed]:
            return Violation(Kind.GHOST, f"B did {ghosts}, which no committed turn of A told it; A did {list(of_a)}")
        for lane in range(self._size.lanes):
            commands = self._commands(lane)
            told = [(command, part) for command in commands for part in range(self._size.outputs)]
            broken = judge_log(
                [entry[:2] for entry in of_b if entry[0] in commands], told, at_rest=at_rest, of="B"
            ) or judge_log([entry[0] for entry in of_a if entry[0] in commands], commands, at_rest=at_rest, of="A")
            if broken:
                return broken
        return None

    def steps(self, world: World) -> Iterator[Step]:
        """Whatever may happen next."""
        held = {invocation.mailbox for invocation in world.invocations if invocation.holds}
        for mailbox, frames in enumerate(world.mailboxes):
            if frames and mailbox not in held:
                yield from self._receive(world, mailbox, frames)
        for place, invocation in enumerate(world.invocations):
            others = world.invocations[:place] + world.invocations[place + 1 :]
            rest = world._replace(invocations=others)
            yield from self._fate(rest, invocation)
            match invocation.stage:
                case "run":
                    yield from self._run(rest, invocation)
                case "flush":
                    yield from self._flush(rest, invocation)
                case "commit":
                    yield from self._late_commit(rest, invocation)
                case "ack":
                    yield from self._acknowledge(rest, invocation)

    # What the queue does.

    def _receive(self, world: World, mailbox: int, frames: tuple[Frame, ...]) -> Iterator[Step]:
        """RECEIVE some of the first messages, and LOAD."""
        loaded = (world.agents[self._owner(mailbox)],)
        for count in range(1, min(self._size.batch, len(frames)) + 1):
            invocation = Invocation(mailbox, RUN, holds=True, first=1, frames=frames[:count], loaded=loaded)
            yield f"{self._name(mailbox)} receives {_text(frames[:count])}", _with(world, invocation)

    def _fate(self, rest: World, invocation: Invocation) -> Iterator[Step]:
        """An invocation may crash, or lose its messages and not know it."""
        name = self._name(invocation.mailbox)
        if rest.crashes:
            crashed = rest._replace(crashes=rest.crashes - 1)
            yield f"{name} crashes before {invocation.stage}", crashed
            if self._rules.redrives and self._is_redriven(crashed, invocation):
                yield (
                    f"{name} crashes, and the queue moves its first message away",
                    _removed(crashed, invocation.mailbox, 1),
                )
        if invocation.holds and rest.zombies:
            zombie = rest._replace(zombies=rest.zombies - 1)
            after = self._going_on(zombie, invocation._replace(holds=False))
            yield f"{name} becomes a zombie before {invocation.stage}", after

    def _is_redriven(self, world: World, invocation: Invocation) -> bool:
        """Only of a handled message: one that was not handled is at least to be seen where the queue put it."""
        stored = world.agents[self._owner(invocation.mailbox)]
        return invocation.holds and self._lane_of(stored, invocation.mailbox).handled >= 1

    # What an invocation does.

    def _run(self, rest: World, invocation: Invocation) -> Iterator[Step]:
        """FILTER, RUN and COMMIT; or LOAD again when the item is no longer the one that was loaded."""
        name, mailbox = self._name(invocation.mailbox), invocation.mailbox
        loaded = invocation.loaded[0]
        stored = rest.agents[self._owner(mailbox)]
        if loaded != stored:
            yield f"{name} loads again", self._going_on(rest, invocation._replace(loaded=(stored,)))
        committed, told, outbox, is_news = self._turn(rest, invocation)
        if not is_news:
            leaving = outbox if self._rules.flushes_again else ()
            flushing = invocation._replace(stage=FLUSH, leaving=leaving, loaded=())
            yield f"{name} finds nothing new, its outbox is {_text(leaving)}", self._going_on(rest, flushing)
        elif self._rules.order is Order.FLUSH_COMMIT_ACK:
            flushing = invocation._replace(stage=FLUSH, leaving=outbox, pending=(committed,))
            yield f"{name} runs {list(told)}", self._going_on(rest, flushing)
        elif loaded == stored or not self._rules.has_fence:
            stage = ACK if self._rules.order is Order.COMMIT_ACK_FLUSH else FLUSH
            flushing = invocation._replace(stage=stage, leaving=outbox, loaded=())
            world = self._committed(rest, mailbox, committed)
            yield f"{name} commits {list(told)}, outbox {_text(outbox)}", self._going_on(world, flushing)

    def _late_commit(self, rest: World, invocation: Invocation) -> Iterator[Step]:
        """COMMIT after the flush: a mutant."""
        name, mailbox = self._name(invocation.mailbox), invocation.mailbox
        stored = rest.agents[self._owner(mailbox)]
        if stored == invocation.loaded[0]:
            world = self._committed(rest, mailbox, invocation.pending[0])
            after = invocation._replace(stage=ACK, loaded=(), pending=())
            yield f"{name} commits", self._going_on(world, after)
        else:
            again = invocation._replace(stage=RUN, loaded=(stored,), pending=())
            yield f"{name} loses the fence and loads again", self._going_on(rest, again)

    def _flush(self, rest: World, invocation: Invocation) -> Iterator[Step]:
        """FLUSH: send what is first in the outbox; or all of it in one call, of which a part may fail."""
        name, leaving = self._name(invocation.mailbox), invocation.leaving
        sent = self._sent(rest, leaving[:1])
        yield f"{name} sends {_text(leaving[:1])}", self._going_on(sent, invocation._replace(leaving=leaving[1:]))
        if rest.partial_sends and len(leaving) > 1 and not self._rules.sends_frames:
            sent = self._sent(rest._replace(partial_sends=rest.partial_sends - 1), leaving[1:] + leaving[:1])
            step = f"{name} sends {_text(leaving)} in one call, the first fails and is sent again"
            yield step, self._going_on(sent, invocation._replace(leaving=()))

    def _acknowledge(self, rest: World, invocation: Invocation) -> Iterator[Step]:
        """ACK: the messages are removed."""
        world = _removed(rest, invocation.mailbox, len(invocation.frames)) if invocation.holds else rest
        after = world
        if invocation.leaving:
            after = _with(world, invocation._replace(stage=FLUSH, holds=False, first=0))
        yield f"{self._name(invocation.mailbox)} acknowledges {_text(invocation.frames)}", after

    # The turn itself.

    def _turn(self, world: World, invocation: Invocation) -> tuple[Item, tuple[Entry, ...], tuple[Frame, ...], bool]:
        """Answer the item to be committed, what was done, the outbox to be flushed, and whether anything was new."""
        mailbox, item = invocation.mailbox, invocation.loaded[0]
        lane, marks = self._lane_of(item, mailbox), item.marks
        handled, begins_with_old = lane.handled, False
        told: tuple[Entry, ...] = ()
        for place, frame in enumerate(invocation.frames, start=invocation.first):
            if place <= handled and self._rules.knows_redeliveries:
                begins_with_old = True
                continue
            handled = max(handled, place)
            is_resend, marks = self._marked(marks, frame, mailbox)
            if not is_resend:
                told += frame.told
        is_news = handled > lane.handled or not self._rules.knows_redeliveries
        old = self._outbox_lane(item, mailbox).outbox
        if not is_news:
            return item, (), old, False

        if self._owner(mailbox) == A:
            told = tuple((command, 0, self._fresh_run(world, command)) for command, _, _ in told)
        frames = self._frames(self._outbox_lane(item, mailbox).sent, mailbox, told)
        outbox = (old if begins_with_old and self._rules.carries else ()) + frames
        noted = item._replace(log=item.log + told, marks=marks)
        return self._moved(noted, mailbox, handled, outbox, len(frames)), told, outbox, True

    def _marked(self, marks: tuple[Mark, ...], frame: Frame, mailbox: int) -> tuple[bool, tuple[Mark, ...]]:
        """Tell whether a frame was sent again, and remember it."""
        match self._rules.resends:
            case Resends.NEVER:
                return False, ()
            case Resends.LAST_ID:
                last = (("id", frame.sender), frame.sequence)
                return last in marks, (last,)
            case Resends.MARKS_BY_SENDER_ONLY:
                name: tuple[str, ...] = (frame.sender,)
            case Resends.MARKS:
                name = (frame.sender, str(mailbox))
        known = dict(marks)
        if frame.sequence <= known.get(name, 0):
            return True, marks
        return False, tuple(sorted({**known, name: frame.sequence}.items()))

    def _frames(self, sent: int, mailbox: int, told: tuple[Entry, ...]) -> tuple[Frame, ...]:
        """What A tells B of the commands of a turn."""
        if self._owner(mailbox) == B or not told:
            return ()
        entries = tuple((command, part, run) for command, _, run in told for part in range(self._size.outputs))
        sender = f"A {mailbox}" if self._rules.lane_has_own_outbox else "A"
        if self._rules.sends_frames:
            return (Frame(sender, sent + 1, entries),)
        return tuple(Frame(sender, sent + place, (entry,)) for place, entry in enumerate(entries, start=1))

    def _moved(self, item: Item, mailbox: int, handled: int, outbox: tuple[Frame, ...], sent: int) -> Item:
        """Note in the lane how far it has come, what it lets out, and how many frames more it has sent."""
        lanes = list(item.lanes)
        mine = self._lane_place(mailbox)
        lanes[mine] = lanes[mine]._replace(handled=handled)
        out = mine if self._rules.lane_has_own_outbox else 0
        lanes[out] = lanes[out]._replace(sent=lanes[out].sent + sent, outbox=outbox)
        return item._replace(lanes=tuple(lanes))

    @staticmethod
    def _fresh_run(world: World, command: str) -> int:
        """Number an execution so that it differs from all of the same command that have left any trace."""
        traces = [entry for item in world.agents for entry in item.log]
        traces += [entry for frames in world.mailboxes for frame in frames for entry in frame.told]
        traces += [entry for i in world.invocations for frame in i.leaving for entry in frame.told]
        return max((run for told, _, run in traces if told == command), default=0) + 1

    # Names and places.

    def _going_on(self, world: World, invocation: Invocation) -> World:
        """Put an invocation back, one stage on when this one is done; or not at all when it can change nothing more."""
        if invocation.stage == FLUSH and not invocation.leaving:
            invocation = invocation._replace(stage=COMMIT if invocation.pending else ACK)
        is_over = invocation.stage == ACK and not invocation.leaving and not invocation.holds
        return world if is_over or self._is_spent(world, invocation) else _with(world, invocation)

    def _is_spent(self, world: World, invocation: Invocation) -> bool:
        if invocation.holds or invocation.mailbox != self._to_b or invocation.stage != RUN:
            return False
        stored = world.agents[B]
        last = invocation.first + len(invocation.frames) - 1
        is_fenced = self._rules.has_fence and self._rules.knows_redeliveries and invocation.loaded[0] != stored
        return is_fenced and last <= stored.lanes[0].handled

    def _committed(self, world: World, mailbox: int, item: Item) -> World:
        agents = (item, world.agents[B]) if self._owner(mailbox) == A else (world.agents[A], item)
        return world._replace(agents=agents)

    def _sent(self, world: World, frames: tuple[Frame, ...]) -> World:
        return world._replace(mailboxes=(*world.mailboxes[:-1], world.mailboxes[-1] + frames))

    def _owner(self, mailbox: int) -> int:
        return B if mailbox == self._to_b else A

    def _lane_place(self, mailbox: int) -> int:
        return 0 if mailbox == self._to_b else mailbox

    def _lane_of(self, item: Item, mailbox: int) -> Lane:
        return item.lanes[self._lane_place(mailbox)]

    def _outbox_lane(self, item: Item, mailbox: int) -> Lane:
        return item.lanes[self._lane_place(mailbox) if self._rules.lane_has_own_outbox else 0]

    def _name(self, mailbox: int) -> str:
        return "B" if mailbox == self._to_b else "A" if self._size.lanes == 1 else f"A (lane {mailbox})"


def _with(world: World, invocation: Invocation) -> World:
    """Add an invocation; their order means nothing, so it is always the same."""
    return world._replace(invocations=tuple(sorted((*world.invocations, invocation))))


def _removed(world: World, mailbox: int, count: int) -> World:
    """Remove messages from the front of a mailbox; places are counted anew from the new front."""
    owner = B if mailbox == len(world.mailboxes) - 1 else A
    lane = 0 if owner == B else mailbox

    def moved(item: Item) -> Item:
        lanes = list(item.lanes)
        lanes[lane] = lanes[lane]._replace(handled=lanes[lane].handled - count)
        return item._replace(lanes=tuple(lanes))

    def moved_invocation(i: Invocation) -> Invocation:
        if (B if i.mailbox == len(world.mailboxes) - 1 else A) != owner:
            return i
        first = i.first - count if i.mailbox == mailbox else i.first
        return i._replace(first=first, loaded=tuple(map(moved, i.loaded)), pending=tuple(map(moved, i.pending)))

    mailboxes, agents = list(world.mailboxes), list(world.agents)
    mailboxes[mailbox] = mailboxes[mailbox][count:]
    agents[owner] = moved(agents[owner])
    invocations = tuple(sorted(map(moved_invocation, world.invocations)))
    return world._replace(mailboxes=tuple(mailboxes), agents=(agents[0], agents[1]), invocations=invocations)


def _text(frames: tuple[Frame, ...]) -> str:
    """Frames for readers, as sender#sequence(commands)."""
    return "[" + " ".join(f"{f.sender}#{f.sequence}({','.join(e[0] for e in f.told)})" for f in frames) + "]"
