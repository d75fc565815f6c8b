"""Ordered parking: a message that fails suspends its agent; it and all after it are held, and brought back in order.

Messages come through one lane, an operator's commands and what is brought back through another. A held message is a
letter with a number, written by the outbox of the lane it came through. To resume, the agent asks through its outbox
for the next window of letters; the flush reads them and sends each back as a frame of its own, at least once. The agent
handles number n only when n - 1 was the last it handled; what is new meanwhile is held behind.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.protocol_model.agent_model import AgentModel, Entry, Faults, Item, Out, Record, Turn, World
from tests.protocol_model.violations import Kind, Violation, judge_log

NORMAL, CONTROL = 0, 1

RUNNING, SUSPENDED, RESUMING = "running", "suspended", "resuming"

OPEN, DROPPED, REPLAYED = "open", "dropped", "replayed"


@dataclass(frozen=True, slots=True)
class Rules:
    """The protocol as it is built; a mutant differs in one field."""

    checks_number: bool = True
    holds_while_resuming: bool = True
    counts_in_item: bool = True
    """The next number comes from the item, not from the letters that are there."""
    window_is_stored: bool = True
    """What is asked for is in the stored outbox: it is asked for again when the record comes again."""
    keeps_tombstones: bool = True
    """A letter that was decided on stays, so that writing it late does not open it again."""
    waits_for_gaps: bool = True
    """A window with a letter missing fails to leave: the letter is in the outbox of the other lane still."""
    agent_decides: bool = True
    """A held letter is dropped by telling its agent, not by writing to the letter."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens."""

    messages: int = 2
    failures: int = 1
    drops: int = 0
    extra_resumes: int = 0
    window: int = 1
    faults: Faults = field(default_factory=Faults)


class Agent(NamedTuple):
    """State of the agent, and of what is held for it."""

    done: tuple[str, ...] = ()
    status: str = RUNNING
    held: int = 0
    replayed: int = 0
    asked: int = 0
    dropped: tuple[int, ...] = ()
    """Numbers that were dropped before their turn came."""
    failures: int = 0
    numbered: tuple[str, ...] = ()
    """The held messages by number; this and the next are not part of the protocol, only for the judgement."""
    passed_over: tuple[str, ...] = ()
    """Messages that were dropped in effect."""


class Letter(NamedTuple):
    """A held message, as stored."""

    number: int
    message: str
    decision: str = OPEN


class Outside(NamedTuple):
    """The letters, and what the operator may still do."""

    letters: tuple[Letter, ...] = ()
    drops: int = 0
    extra_resumes: int = 0
    told_dropped: tuple[str, ...] = ()
    """Messages of which the operator was told that they are dropped."""
    removed: tuple[int, ...] = ()
    """Numbers of letters that were decided on and are gone: only a mutant removes them."""


class Draft(NamedTuple):
    """A turn as it grows."""

    agent: Agent
    letters: tuple[Entry, ...] = ()
    windows: tuple[Entry, ...] = ()
    decisions: tuple[Entry, ...] = ()


class OrderedParking(AgentModel):
    """One agent that is suspended by failures and resumed by an operator."""

    def __init__(self, rules: Rules, size: Size) -> None:
        super().__init__(size.faults)
        self._rules = rules
        self._size = size
        self._messages = tuple(f"m{number}" for number in range(1, size.messages + 1))
        self.reads_before_running = not rules.counts_in_item

    def mailboxes(self) -> tuple[tuple[Record, ...], ...]:
        return tuple(("told", message) for message in self._messages), ()

    def first_state(self) -> Agent:
        return Agent()

    def first_outside(self) -> Outside:
        return Outside(drops=self._size.drops, extra_resumes=self._size.extra_resumes)

    def read(self, outside: Outside) -> int:
        return max((letter.number for letter in outside.letters), default=0)

    def happenings(self, world: World) -> Iterator[tuple[str, Out]]:
        """The operator resumes a suspended agent, sometimes once too often, and drops held messages."""
        agent: Agent = world.item.state
        outside: Outside = world.outside
        if agent.status == SUSPENDED and not world.mailboxes[CONTROL]:
            yield "the operator resumes", Out(outside, ((CONTROL, ("resume",)),))
        if outside.extra_resumes and agent.status == RESUMING:
            fewer = outside._replace(extra_resumes=outside.extra_resumes - 1)
            yield "the operator resumes once more", Out(fewer, ((CONTROL, ("resume",)),))
        if outside.drops:
            for letter in outside.letters:
                if letter.decision == OPEN:
                    yield f"the operator drops {letter}", self._drop(outside._replace(drops=outside.drops - 1), letter)

    def _drop(self, outside: Outside, letter: Letter) -> Out:
        if self._rules.agent_decides:
            return Out(outside, ((CONTROL, ("drop", letter.number)),))
        return Out(self._decided(outside, letter.number, DROPPED))

    def _decided(self, outside: Outside, number: int, decision: str) -> Outside:
        """Decide on a letter that is open."""
        letter = next((one for one in outside.letters if one.number == number), None)
        if letter is None or letter.decision != OPEN:
            return outside
        others = tuple(one for one in outside.letters if one.number != number)
        if decision == DROPPED:
            outside = outside._replace(told_dropped=(*outside.told_dropped, letter.message))
        if not self._rules.keeps_tombstones:
            return outside._replace(letters=others, removed=tuple(sorted((*outside.removed, number))))
        return outside._replace(letters=tuple(sorted((*others, letter._replace(decision=decision)))))

    # What the agent does.

    def turns(self, item: Item, lane: int, fresh: tuple[Record, ...], read: Any) -> Iterable[Turn]:
        agent: Agent = item.state
        if not self._rules.counts_in_item:
            agent = agent._replace(held=max(read, agent.replayed))
        return self._records(Draft(agent), fresh, len(fresh))

    def _records(self, draft: Draft, records: tuple[Record, ...], finished: int) -> Iterator[Turn]:
        if not records:
            yield self._closed(draft, finished)
            return
        for after in self._record(draft, records[0]):
            yield from self._records(after, records[1:], finished)

    def _record(self, draft: Draft, record: Record) -> Iterator[Draft]:
        agent = draft.agent
        match record:
            case ("resume",) if agent.status != RUNNING:
                yield self._go_on(draft)
            case ("drop", number) if number > agent.replayed and number not in agent.dropped:
                after = agent._replace(dropped=(*agent.dropped, number))
                yield draft._replace(agent=after, decisions=(*draft.decisions, ("decided", number, DROPPED)))
            case ("replay", number, message, is_dropped) if self._is_next(agent, number):
                yield from self._replayed(draft, number, message, is_dropped or number in agent.dropped)
            case ("told", message) if agent.status == RUNNING or self._overtakes(agent):
                yield draft._replace(agent=agent._replace(done=(*agent.done, message)))
                if agent.failures < self._size.failures:
                    failed = agent._replace(status=SUSPENDED, failures=agent.failures + 1)
                    yield self._hold(draft._replace(agent=failed), message)
            case ("told", message):
                yield self._hold(draft, message)
            case _:
                yield draft

    def _is_next(self, agent: Agent, number: int) -> bool:
        if agent.status != RESUMING:
            return False
        return number == agent.replayed + 1 or (number > 0 and not self._rules.checks_number)

    def _overtakes(self, agent: Agent) -> bool:
        return agent.status == RESUMING and not self._rules.holds_while_resuming

    def _replayed(self, draft: Draft, number: int, message: str, is_dropped: bool) -> Iterator[Draft]:
        """Handle what was held; a message that fails again keeps its number, and the agent is suspended again."""
        agent = draft.agent
        if is_dropped:
            passed = agent._replace(passed_over=(*agent.passed_over, agent.numbered[number - 1]))
            yield self._counted(draft._replace(agent=passed))
            return
        handled = agent._replace(done=(*agent.done, message))
        closed = draft._replace(agent=handled, decisions=(*draft.decisions, ("decided", number, REPLAYED)))
        yield self._counted(closed)
        if agent.failures < self._size.failures:
            yield draft._replace(agent=agent._replace(status=SUSPENDED, failures=agent.failures + 1))

    def _counted(self, draft: Draft) -> Draft:
        agent = draft.agent._replace(replayed=draft.agent.replayed + 1)
        if agent.replayed == agent.held:
            return draft._replace(agent=agent._replace(status=RUNNING))
        after = draft._replace(agent=agent)
        return self._ask(after) if agent.replayed >= agent.asked else after

    def _go_on(self, draft: Draft) -> Draft:
        agent = draft.agent
        if agent.replayed == agent.held:
            return draft._replace(agent=agent._replace(status=RUNNING))
        return self._ask(draft._replace(agent=agent._replace(status=RESUMING)))

    def _ask(self, draft: Draft) -> Draft:
        agent = draft.agent
        last = min(agent.replayed + self._size.window, agent.held)
        window = ("window", agent.replayed + 1, last)
        return draft._replace(agent=agent._replace(asked=last), windows=(*draft.windows, window))

    @staticmethod
    def _hold(draft: Draft, message: str) -> Draft:
        agent = draft.agent
        agent = agent._replace(held=agent.held + 1, numbered=(*agent.numbered[: agent.held], message))
        return draft._replace(agent=agent, letters=(*draft.letters, ("letter", agent.held, message)))

    def _closed(self, draft: Draft, finished: int) -> Turn:
        agent, outbox = draft.agent, draft.letters
        if self._rules.agent_decides:
            outbox += draft.decisions
        what = f"done {list(agent.done)}, {agent.status}, {agent.replayed} of {agent.held} brought back"
        turn = Turn(what, agent, finished, outbox=outbox + draft.windows)
        return turn if self._rules.window_is_stored else turn._replace(outbox=outbox, loose=draft.windows)

    # What leaves it.

    def let_out(self, entry: Entry, outside: Outside) -> Out | None:
        match entry:
            case ("letter", number, message):
                if any(letter.number == number for letter in outside.letters):
                    return Out(outside)
                return Out(outside._replace(letters=tuple(sorted((*outside.letters, Letter(number, message))))))
            case ("decided", number, decision):
                return Out(self._decided(outside, number, decision))
            case ("window", first, last):
                return self._window(outside, first, last)
        raise AssertionError(entry)

    def _window(self, outside: Outside, first: int, last: int) -> Out | None:
        found = {number: Letter(number, "", DROPPED) for number in outside.removed}
        found |= {letter.number: letter for letter in outside.letters}
        letters = [found[number] for number in range(first, last + 1) if number in found]
        if self._rules.waits_for_gaps and len(letters) < last - first + 1:
            return None
        frames = [("replay", one.number, one.message, one.decision == DROPPED) for one in letters]
        return Out(outside, tuple((CONTROL, frame) for frame in frames))

    # What must hold.

    def violation(self, world: World, *, at_rest: bool) -> Violation | None:
        """What is done is what was sent, in order, without what was dropped; in the end the agent is running."""
        agent: Agent = world.item.state
        outside: Outside = world.outside
        if both := set(outside.told_dropped) & set(agent.done):
            return Violation(Kind.SPLIT, f"{both} was dropped, the operator was told, and yet it was done")
        if at_rest and agent.status != RUNNING:
            return Violation(Kind.STUCK, f"the agent is {agent.status}, {agent.replayed} of {agent.held} brought back")
        wanted = [message for message in self._messages if message not in agent.passed_over]
        if at_rest and (unsaid := set(agent.passed_over) - set(outside.told_dropped)):
            return Violation(Kind.LOSS, f"{unsaid} was passed over and nobody was told")
        broken = judge_log(agent.done, wanted, at_rest=at_rest, of="the agent")
        if not broken and at_rest and (again := [one for one in outside.letters if one.decision == OPEN]):
            return Violation(Kind.GHOST, f"{again} is open though all that was held is brought back")
        return broken


PROTOCOL = Rules()

SIZES = {
    "2 messages, 1 failure, 1 crash, 1 zombie": Size(),
    "3 messages, 1 failure, windows of 2, 2 crashes": Size(messages=3, window=2, faults=Faults(crashes=2, zombies=0)),
    "2 messages, 2 failures, 1 drop, 1 crash": Size(failures=2, drops=1, faults=Faults(zombies=0)),
    "2 messages, 1 failure, 1 drop, 1 zombie": Size(drops=1, faults=Faults(crashes=0)),
    "2 messages, 2 failures, 1 resume too many, 1 crash": Size(failures=2, extra_resumes=1, faults=Faults(zombies=0)),
}

LARGER = {
    "3 messages, 2 failures, 1 crash, 1 zombie": Size(messages=3, failures=2),
    "2 messages, 1 failure, 1 drop, 1 crash, 1 zombie": Size(drops=1),
}

_DROP = Size(drops=1, faults=Faults(crashes=0))

MUTANTS = [
    ("does not check the number", Rules(checks_number=False), Kind.DUPLICATE, Size()),
    ("handles new messages while resuming", Rules(holds_while_resuming=False), Kind.GAP, Size()),
    ("counts letters, not in the item", Rules(counts_in_item=False), Kind.LOSS, Size()),
    ("does not ask for the window again", Rules(window_is_stored=False), Kind.STUCK, Size()),
    ("leaves gaps out of a window", Rules(waits_for_gaps=False), Kind.STUCK, Size()),
    ("keeps no tombstone of a decided letter", Rules(keeps_tombstones=False), Kind.GHOST, _DROP),
    ("drops a letter without its agent", Rules(agent_decides=False), Kind.SPLIT, _DROP),
]
