"""Evicted marks in memory."""

from collections.abc import Collection, Mapping, Sequence

from lambdas.actors.actor_id import ActorId
from lambdas.actors.outbox import EvictedMark


class InMemoryMarkStore:
    """A MarkStore whose marks live as long as the process."""

    def __init__(self) -> None:
        self.marks: dict[tuple[ActorId, str], int] = {}

    def read(self, names: Collection[tuple[ActorId, str]]) -> Mapping[tuple[ActorId, str], int]:
        """Read the sequences of marks."""
        return {name: self.marks[name] for name in names if name in self.marks}

    def remember(self, marks: Sequence[EvictedMark]) -> Collection[int]:
        """Keep the highest sequence of each mark."""
        for mark in marks:
            name = mark.agent, mark.name
            self.marks[name] = max(mark.sequence, self.marks.get(name, mark.sequence))
        return ()
