"""Requests of programs: a key takes effect once until it expires, however often it is sent; another content is refused.

Copies of the request ``x``, and another one ``y`` under the same key, come through one lane at any time before the key
expires; they may be handled long after that. A turn of the other lane makes the agent forget keys that have expired.
The clock has three times: before the expiry, after it, and after it by more than any invocation lasts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.protocol_model.agent_model import AgentModel, Entry, Faults, Item, Out, Record, Turn, World
from tests.protocol_model.violations import Kind, Violation

VALID, EXPIRED, LONG_EXPIRED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Rules:
    """The protocol as it is built; a mutant differs in one field."""

    remembers_with_commit: bool = True
    """The key is in the item, not in a record of its own that is written first."""
    compares_content: bool = True
    drops_expired: bool = True
    """A copy that is handled after the expiry has no effect: its key may be forgotten by then."""
    forgets_late: bool = True
    """A key is kept for longer after its expiry than any invocation lasts, whose clock may stand before it."""


class Agent(NamedTuple):
    """State of the agent."""

    done: tuple[str, ...] = ()
    known: str = ""
    """The content under the key; empty when it is not known."""
    refused: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()


class Outside(NamedTuple):
    """The clock, the letters, the copies still to be sent, and (mutant) the record of keys."""

    time: int = VALID
    letters: tuple[str, ...] = ()
    copies: tuple[str, ...] = ("x", "y")
    recorded: str = ""


class ClientRequests(AgentModel):
    """One agent and a program that repeats itself."""

    reads_before_running = True
    reads_again_on_redo = False
    """What it reads is the clock, once: the invocation keeps its time."""

    def __init__(self, rules: Rules, faults: Faults) -> None:
        super().__init__(faults)
        self._rules = rules

    def mailboxes(self) -> tuple[tuple[Record, ...], ...]:
        return (("request", "x"),), (("other",),)

    def first_state(self) -> Agent:
        return Agent()

    def first_outside(self) -> Outside:
        return Outside()

    def read(self, outside: Outside) -> tuple[int, str]:
        return outside.time, outside.recorded

    def happenings(self, world: World) -> Iterator[tuple[str, Out]]:
        outside: Outside = world.outside
        if outside.time == VALID:
            for content in outside.copies:
                fewer = outside._replace(copies=tuple(other for other in outside.copies if other != content))
                yield f"the program sends {content} under the key", Out(fewer, ((0, ("request", content)),))
            yield "the key expires", Out(outside._replace(time=EXPIRED))
        started = [invocation.read[0][0] for invocation in world.invocations if invocation.read]
        if outside.time == EXPIRED and VALID not in started:
            yield "the key is long expired", Out(outside._replace(time=LONG_EXPIRED))

    def turns(self, item: Item, lane: int, fresh: tuple[Record, ...], read: Any) -> Iterable[Turn]:
        now, recorded = read
        agent: Agent = item.state
        if now >= (LONG_EXPIRED if self._rules.forgets_late else EXPIRED):
            agent = agent._replace(known="")
        if not self._rules.remembers_with_commit:
            agent = agent._replace(known=recorded)
        entries: tuple[Entry, ...] = ()
        keys: tuple[Entry, ...] = ()
        for record in fresh:
            if record[0] == "request":
                before = agent
                agent = self._request(agent, record[1], now, recorded)
                entries += tuple(("refused", content) for content in agent.refused[len(before.refused) :])
                keys += (("key", record[1]),) if agent.done != before.done else ()
        leaks = () if self._rules.remembers_with_commit else keys
        yield Turn(f"done {list(agent.done)}, refused {list(agent.refused)}", agent, len(fresh), (), entries, leaks)

    def _request(self, agent: Agent, content: str, now: int, recorded: str) -> Agent:
        if now >= EXPIRED and self._rules.drops_expired:
            return agent._replace(expired=(*agent.expired, content))
        known = agent.known or recorded
        if not known:
            return agent._replace(done=(*agent.done, content), known=content)
        if known != content and self._rules.compares_content:
            return agent._replace(refused=(*agent.refused, content))
        return agent

    def let_out(self, entry: Entry, outside: Outside) -> Out:
        if entry[0] == "key":
            return Out(outside._replace(recorded=outside.recorded or entry[1]))
        return Out(outside._replace(letters=tuple(sorted({*outside.letters, entry[1]}))))

    def violation(self, world: World, *, at_rest: bool) -> Violation | None:
        """Under the key one content takes effect, once; each other is refused with a letter, or expired."""
        agent: Agent = world.item.state
        outside: Outside = world.outside
        if len(agent.done) > 1:
            return Violation(Kind.DUPLICATE, f"under one key the agent did {list(agent.done)}")
        if ghosts := set(outside.letters) - set(agent.refused):
            return Violation(Kind.GHOST, f"letters of {ghosts}, which no commit has refused")
        sent = {"x"} | ({"y"} - set(outside.copies))
        seen_to = {*agent.done, *outside.letters, *agent.expired}
        if at_rest and (lost := sent - seen_to):
            return Violation(Kind.LOSS, f"{lost} was neither done nor refused nor expired")
        return None


PROTOCOL = Rules()

ONE_CRASH = Faults(zombies=0)

SIZES = {
    "2 copies, 1 other content, 1 crash": ONE_CRASH,
    "2 copies, 1 other content, batches of 1, 1 zombie": Faults(crashes=0, batch=1),
}

LARGER = {
    "2 copies, 1 other content, 1 crash, 1 zombie": Faults(),
}

MUTANTS = [
    ("remembers a key before the commit", Rules(remembers_with_commit=False), Kind.LOSS, ONE_CRASH),
    ("does not compare contents", Rules(compares_content=False), Kind.LOSS, ONE_CRASH),
    ("handles a copy after the expiry", Rules(drops_expired=False), Kind.DUPLICATE, ONE_CRASH),
    ("forgets a key at its expiry", Rules(forgets_late=False), Kind.DUPLICATE, ONE_CRASH),
]
