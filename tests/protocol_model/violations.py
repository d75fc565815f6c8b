"""What a model can be found guilty of, and how a log is judged."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The promise that was broken."""

    LOSS = "LOSS"
    """Everything is at rest and something that was accepted has had no effect."""
    DUPLICATE = "DUPLICATE"
    """Something took effect twice."""
    GAP = "GAP"
    """Something took effect out of order, or after something before it was left out."""
    GHOST = "GHOST"
    """Something took effect that no committed turn said."""
    UNJUST = "UNJUST"
    """A message was set aside that did not fail as often as it must."""
    STUCK = "STUCK"
    """From here the model can go on for ever, but never come to rest."""
    SPLIT = "SPLIT"
    """One question ended in two ways, or in another way than it was told."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise and where it shows."""

    kind: Kind
    finding: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.finding}"


def judge_log(log: Sequence[Hashable], wanted: Sequence[Hashable], *, at_rest: bool, of: str) -> Violation | None:
    """Compare what took effect with what was asked for, in order; all of it must have once the model is at rest."""
    if tuple(log) == tuple(wanted[: len(log)]):
        if at_rest and len(log) < len(wanted):
            return Violation(Kind.LOSS, f"{of} did {list(log)} of {list(wanted)} and nothing more will happen")
        return None
    if twice := [entry for entry, times in Counter(log).items() if times > 1]:
        return Violation(Kind.DUPLICATE, f"{of} did {twice} more than once: {list(log)}")
    return Violation(Kind.GAP, f"{of} did {list(log)}, asked for were {list(wanted)}")
