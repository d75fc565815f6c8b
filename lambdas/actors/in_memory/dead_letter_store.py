"""Dead letters in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, Decision, LetterPage, SettledLetter, held_letter_id
from lambdas.actors.letter_lists import position_in, read_cursor, write_cursor
from lambdas.actors.ports import LetterDecidedError


class InMemoryDeadLetterStore:
    """A DeadLetterStore whose letters, decided ones too, live as long as the process."""

    def __init__(self) -> None:
        self.letters: dict[tuple[str, str], DecidedLetter] = {}

    def park(self, letters: Sequence[DeadLetter]) -> Collection[int]:
        """Keep letters that are not kept yet."""
        for letter in letters:
            self.letters.setdefault((letter.agent, letter.letter_id), DecidedLetter(letter))
        return ()

    def held(self, agent: str, first: int, last: int) -> Sequence[DecidedLetter]:
        """Read the messages held for an agent, in order."""
        numbered = (self.get(agent, held_letter_id(number)) for number in range(first, last + 1))
        return [letter for letter in numbered if letter is not None]

    def get(self, agent: str, letter_id: str) -> DecidedLetter | None:
        """Read one letter."""
        return self.letters.get((agent, letter_id))

    def list(self, agent: str | None, limit: int, cursor: str | None = None) -> LetterPage:
        """List open letters, of one agent in their order or of all, newest first."""
        after = read_cursor(cursor, agent)
        is_newest_first = agent is None
        found = {
            position_in(kept.letter, agent): kept
            for kept in self.letters.values()
            if kept.decision is None and agent in {None, kept.letter.agent}
        }
        behind = [
            found[position]
            for position in sorted(found, reverse=is_newest_first)
            if after is None or (position < after if is_newest_first else position > after)
        ]
        page = tuple(behind[:limit])
        return LetterPage(page, write_cursor(page[-1].letter, agent) if len(behind) > limit else None)

    def decide(self, agent: str, letter_id: str, decision: Decision) -> None:
        """Note what was decided on an open letter."""
        kept = self.get(agent, letter_id)
        if kept is None or kept.decision not in {None, decision}:
            raise LetterDecidedError(f"letter {letter_id} of {agent} is not open; read it to see what became of it")
        self.letters[agent, letter_id] = replace(kept, decision=decision)

    def settle(self, settled: Sequence[SettledLetter]) -> Collection[int]:
        """Note what became of held messages."""
        for one in settled:
            key = (one.agent, held_letter_id(one.number))
            kept = self.letters.get(key)
            if kept is not None and kept.decision is None:
                self.letters[key] = replace(kept, decision=one.decision)
        return ()
