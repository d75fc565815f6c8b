"""Questions: a reply races a timeout, and a promise is kept; each question has exactly one outcome.

A program asks the agent under a promise; the agent asks another one (``B``) and keeps the promise when it knows the
outcome. The answer comes through one lane, the wake-up at the deadline through the other. ``B`` may answer late, never
in time, or twice. The program polls the promise; one that is open past its deadline is timed out by that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.protocol_model.agent_model import AgentModel, Entry, Faults, Item, Out, Record, Turn, World
from tests.protocol_model.violations import Kind, Violation

NORMAL, CONTROL = 0, 1

REPLIED, TIMED_OUT = "replied", "timed out"


@dataclass(frozen=True, slots=True)
class Rules:
    """The protocol as it is built; a mutant differs in one field."""

    timeout_ends_question: bool = True
    answer_ends_question: bool = True
    first_outcome_stays: bool = True
    """A promise that has its outcome keeps it."""
    poll_keeps_timeout: bool = True
    """Who is shown a timeout has it written down, so that no later outcome can be shown."""


class Agent(NamedTuple):
    """State of the agent that asks."""

    has_asked: bool = False
    is_pending: bool = False
    outcomes: tuple[str, ...] = ()


class Outside(NamedTuple):
    """The clock, the agent that is asked, the promise, and what the program has seen of it."""

    is_late: bool = False
    b_was_asked: bool = False
    answer: str = ""
    """What B said."""
    resends: int = 1
    promise: str = ""
    seen: tuple[str, ...] = ()


class Questions(AgentModel):
    """One agent that asks another."""

    reads_before_running = True
    reads_again_on_redo = False
    """What it reads is the clock, once: the invocation keeps its time."""

    def __init__(self, rules: Rules, faults: Faults) -> None:
        super().__init__(faults)
        self._rules = rules

    def mailboxes(self) -> tuple[tuple[Record, ...], ...]:
        return (("ask",),), ()

    def first_state(self) -> Agent:
        return Agent()

    def first_outside(self) -> Outside:
        return Outside()

    def read(self, outside: Outside) -> bool:
        return outside.is_late

    def happenings(self, world: World) -> Iterator[tuple[str, Out]]:
        outside: Outside = world.outside
        if world.item.state.has_asked and not outside.is_late:
            yield "the deadline passes", Out(outside._replace(is_late=True), ((CONTROL, ("wake-up",)),))
        if outside.b_was_asked and not outside.answer:
            answer = TIMED_OUT if outside.is_late else REPLIED
            yield f"B answers: {answer}", Out(outside._replace(answer=answer), ((NORMAL, ("answer", answer)),))
        if outside.answer and outside.resends:
            again = outside._replace(resends=outside.resends - 1)
            yield "B answers again", Out(again, ((NORMAL, ("answer", outside.answer)),))
        yield from self._poll(outside)

    def _poll(self, outside: Outside) -> Iterator[tuple[str, Out]]:
        shown = outside.promise or (TIMED_OUT if outside.is_late else "")
        if shown and outside.seen[-1:] != (shown,):
            kept = shown if self._rules.poll_keeps_timeout else outside.promise
            yield f"the program sees: {shown}", Out(outside._replace(promise=kept, seen=(*outside.seen, shown)))

    def turns(self, item: Item, lane: int, fresh: tuple[Record, ...], read: Any) -> Iterable[Turn]:
        """Fire what is due, then handle the messages."""
        agent: Agent = item.state
        entries: tuple[Entry, ...] = ()
        if agent.is_pending and read:
            agent, entries = self._ended(agent, TIMED_OUT, self._rules.timeout_ends_question)
        for record in fresh:
            match record:
                case ("ask",):
                    agent = agent._replace(has_asked=True, is_pending=True)
                    entries += (("question",),)
                case ("answer", outcome) if agent.is_pending:
                    agent, told = self._ended(agent, outcome, self._rules.answer_ends_question)
                    entries += told
        yield Turn(f"outcomes {list(agent.outcomes)}", agent, len(fresh), outbox=entries)

    @staticmethod
    def _ended(agent: Agent, outcome: str, ends: bool) -> tuple[Agent, tuple[Entry, ...]]:
        after = Agent(has_asked=True, is_pending=not ends, outcomes=(*agent.outcomes, outcome))
        return after, (("promise", outcome),)

    def let_out(self, entry: Entry, outside: Outside) -> Out:
        if entry[0] == "question":
            return Out(outside._replace(b_was_asked=True))
        if outside.promise and self._rules.first_outcome_stays:
            return Out(outside)
        return Out(outside._replace(promise=entry[1]))

    def violation(self, world: World, *, at_rest: bool) -> Violation | None:
        """The agent and the program are each told one outcome."""
        agent: Agent = world.item.state
        outside: Outside = world.outside
        if len(agent.outcomes) > 1:
            return Violation(Kind.SPLIT, f"the agent was told {list(agent.outcomes)}")
        if len(outside.seen) > 1:
            return Violation(Kind.SPLIT, f"the program saw {list(outside.seen)}")
        if at_rest and not (agent.outcomes and outside.seen):
            return Violation(Kind.LOSS, f"outcomes {list(agent.outcomes)}, seen {list(outside.seen)}")
        return None


PROTOCOL = Rules()

SIZES = {
    "1 question, batches of 1, 1 crash, 1 zombie": Faults(batch=1),
    "1 question, 2 crashes": Faults(crashes=2, zombies=0),
}

LARGER = {
    "1 question, 1 crash, 1 zombie": Faults(),
    "1 question, batches of 1, 2 zombies": Faults(crashes=0, zombies=2, batch=1),
}

MUTANTS = [
    ("keeps a question open after its timeout", Rules(timeout_ends_question=False), Kind.SPLIT, Faults()),
    ("keeps a question open after its answer", Rules(answer_ends_question=False), Kind.SPLIT, Faults()),
    ("overwrites the outcome of a promise", Rules(first_outcome_stays=False), Kind.SPLIT, Faults()),
    ("shows a timeout that it does not keep", Rules(poll_keeps_timeout=False), Kind.SPLIT, Faults()),
]
