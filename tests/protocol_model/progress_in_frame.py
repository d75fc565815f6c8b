"""Progress inside a frame: a message that fails is tried again alone, and parked through the outbox in the end.

The agent is told two frames, (m1, m2) and (m3); m1 and m2 may fail. A failing attempt commits what was good before
it, and what of the frame is in hand: how many of its messages are done, how often the next one has failed. A timer is
due from the beginning, so that there is something to commit also when the very first message fails. Each turn tells a
receiver, in one frame, what it did; the receiver knows repeats by their sequence, as ``turn_model`` has shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.protocol_model.agent_model import AgentModel, Entry, Faults, Item, Out, Record, Turn, World
from tests.protocol_model.violations import Kind, Violation, judge_log

FRAMES = ((1, ("m1", "m2")), (2, ("m3",)))
FALLIBLE = ("m1", "m2")
TIMER = "timer"
MAX_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Rules:
    """The protocol as it is built; a mutant differs in one field."""

    carries_in_hand: bool = True
    counts_own_attempts: bool = True
    """By its own counter, not by how often the queue has delivered the record."""
    remembers_done: bool = True
    letters_leave_after_commit: bool = True
    letters_are_stored: bool = True
    marks_when_finished: bool = True
    """A frame is marked as seen with its last message, not with its first."""


class Agent(NamedTuple):
    """State of the agent."""

    done: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Every failure that was committed; not part of the protocol, only for the judgement."""
    mark: int = 0
    sent: int = 0
    timer_is_due: bool = True


class Outside(NamedTuple):
    """The receiver's log and mark, the letters that were written, and how often the sender may still repeat itself."""

    log: tuple[str, ...] = ()
    mark: int = 0
    letters: tuple[str, ...] = ()
    resends: int = 1
    receives: int = 0
    """Of the first frame; counted only for the mutant that trusts in it."""


class Draft(NamedTuple):
    """A turn as it grows."""

    agent: Agent
    told: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    finished: int = 0


class ProgressInFrame(AgentModel):
    """One agent with a message that fails."""

    def __init__(self, rules: Rules, faults: Faults, failures: int = 3) -> None:
        super().__init__(faults)
        self._rules = rules
        self._failures = failures
        self.carries_what_is_in_hand = rules.carries_in_hand
        self.reads_before_running = not rules.counts_own_attempts

    def mailboxes(self) -> tuple[tuple[Record, ...], ...]:
        return (FRAMES,)

    def first_state(self) -> Agent:
        return Agent()

    def first_outside(self) -> Outside:
        return Outside()

    def happenings(self, world: World) -> Iterator[tuple[str, Out]]:
        """The sender, which cannot know what arrived, repeats itself."""
        outside: Outside = world.outside
        if outside.resends:
            for frame in FRAMES:
                yield f"the sender sends {frame} again", Out(outside._replace(resends=0), ((0, frame),))

    def received(self, outside: Outside, records: tuple[Record, ...]) -> Outside:
        if self._rules.counts_own_attempts or FRAMES[0] not in records:
            return outside
        return outside._replace(receives=min(outside.receives + 1, MAX_ATTEMPTS))

    def read(self, outside: Outside) -> int:
        return outside.receives

    def turns(self, item: Item, lane: int, fresh: tuple[Record, ...], read: Any) -> Iterable[Turn]:
        """Fire the timer, then handle the messages, each of which may fail if it is one of the fallible."""
        agent: Agent = item.state
        draft = Draft(agent)
        if agent.timer_is_due:
            draft = Draft(agent._replace(timer_is_due=False), told=(TIMER,))
        done, attempts = item.lanes[lane].in_hand or (0, 0)
        return self._frames(draft, fresh, done, attempts, read)

    def _frames(
        self, draft: Draft, records: tuple[Record, ...], done: int, attempts: int, receives: int | None
    ) -> Iterator[Turn]:
        if not records:
            yield self._closed(draft, ())
            return
        sequence, messages = records[0]
        agent = draft.agent
        is_repeat = sequence <= agent.mark
        if is_repeat or done == len(messages):
            after = agent._replace(mark=max(sequence, agent.mark))
            yield from self._frames(
                draft._replace(agent=after, finished=draft.finished + 1), records[1:], 0, 0, receives
            )
            return
        message = messages[done]
        yield from self._frames(self._good(draft, message), records, done + 1, 0, receives)
        if message in FALLIBLE and len(agent.failed) < self._failures:
            yield from self._failure(draft, records, done, attempts + 1, receives)

    @staticmethod
    def _good(draft: Draft, message: str) -> Draft:
        agent = draft.agent._replace(done=(*draft.agent.done, message))
        return draft._replace(agent=agent, told=(*draft.told, message))

    def _failure(
        self, draft: Draft, records: tuple[Record, ...], done: int, attempts: int, receives: int | None
    ) -> Iterator[Turn]:
        sequence, messages = records[0]
        message, agent = messages[done], draft.agent
        agent = agent._replace(failed=(*agent.failed, message))
        if (attempts if receives is None else receives) < MAX_ATTEMPTS:
            if not self._rules.marks_when_finished and done:
                agent = agent._replace(mark=sequence)
            in_hand = (done if self._rules.remembers_done else 0, attempts)
            yield self._closed(draft._replace(agent=agent), in_hand)
            return
        agent = agent._replace(parked=(*agent.parked, message))
        parked = draft._replace(agent=agent, letters=(*draft.letters, message))
        yield from self._frames(parked, records, done + 1, 0, receives)

    def _closed(self, draft: Draft, in_hand: tuple[int, ...]) -> Turn:
        agent, letters = draft.agent, tuple(("letter", message) for message in draft.letters)
        frames: tuple[Entry, ...] = ()
        if draft.told:
            agent = agent._replace(sent=agent.sent + 1)
            frames = (("frame", agent.sent, draft.told),)
        rules, what = self._rules, f"told {list(draft.told)}, parked {list(draft.letters)}, in hand {in_hand}"
        turn = Turn(what, agent, draft.finished, in_hand, frames)
        if not rules.letters_leave_after_commit:
            return turn._replace(leaks=letters)
        if not rules.letters_are_stored:
            return turn._replace(loose=letters)
        return turn._replace(outbox=letters + frames)

    def let_out(self, entry: Entry, outside: Outside) -> Out:
        """Letters are kept once; the receiver drops frames that it has seen."""
        if entry[0] == "letter":
            return Out(outside._replace(letters=tuple(sorted({*outside.letters, entry[1]}))))
        _, sequence, told = entry
        if sequence <= outside.mark:
            return Out(outside)
        return Out(outside._replace(log=outside.log + told, mark=sequence))

    def violation(self, world: World, *, at_rest: bool) -> Violation | None:
        """Each message is done once and in order, or a letter; letters are of parked messages, these have failed."""
        agent: Agent = world.item.state
        outside: Outside = world.outside
        for message in agent.parked:
            if (times := agent.failed.count(message)) < MAX_ATTEMPTS:
                return Violation(Kind.UNJUST, f"{message} failed {times} times and was parked")
        if ghosts := set(outside.letters) - set(agent.parked):
            return Violation(Kind.GHOST, f"letters of {ghosts}, which no commit has parked")
        if at_rest and (lost := set(agent.parked) - set(outside.letters)):
            return Violation(Kind.LOSS, f"{lost} parked, but there is no letter of it")
        wanted = [message for _, messages in FRAMES for message in messages if message not in agent.parked]
        told = [entry for entry in outside.log if entry != TIMER]
        fired = [entry for entry in outside.log if entry == TIMER]
        return (
            judge_log(agent.done, wanted, at_rest=at_rest, of="the agent")
            or judge_log(told, wanted, at_rest=at_rest, of="the receiver")
            or judge_log(fired, [TIMER], at_rest=at_rest, of="the timer")
        )


PROTOCOL = Rules()

SIZES = {
    "2 frames, 3 failures, 1 resend, 1 crash, 1 zombie": Faults(),
    "2 frames, 3 failures, 1 resend, 2 crashes": Faults(crashes=2, zombies=0),
}

LARGER = {
    "2 frames, 3 failures, 1 resend, 2 crashes, 1 zombie": Faults(crashes=2),
}

MUTANTS = [
    ("carries only duplicates, not what is in hand", Rules(carries_in_hand=False), Kind.GAP, Faults()),
    ("counts receives for attempts", Rules(counts_own_attempts=False), Kind.UNJUST, Faults()),
    ("forgets how much of a frame is done", Rules(remembers_done=False), Kind.DUPLICATE, Faults()),
    ("writes the letter before the commit", Rules(letters_leave_after_commit=False), Kind.GHOST, Faults()),
    ("parks without the outbox", Rules(letters_are_stored=False), Kind.LOSS, Faults()),
    ("marks a frame with its first message", Rules(marks_when_finished=False), Kind.GAP, Faults()),
]
