"""A queue of work whose agent shares it with siblings: one that runs dry takes half of what another has waiting."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

QUEUE_LIMIT = 1_000
"""Pieces of work that wait in one queue; more make the agent's item slow and dear, they belong into another."""


class QueueFullError(ValueError):
    """A queue holds QUEUE_LIMIT pieces of work already; try again later, or another queue."""


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """Pieces of work by name: some wait, some are in a worker's hand.

    A piece is in one queue and at most one hand at a time. Whoever keeps the queue gives out deadlines with reminders.
    """

    waiting: tuple[str, ...] = ()
    in_hand: Mapping[str, str] = field(default_factory=dict)
    """Piece of work by worker."""

    def put(self, *pieces: str) -> "WorkQueue":
        """Queue work behind all other; raises QueueFullError."""
        if len(self.waiting) + len(pieces) > QUEUE_LIMIT:
            raise QueueFullError(
                f"{len(pieces)} pieces do not fit behind {len(self.waiting)}, {QUEUE_LIMIT} are possible"
            )
        return replace(self, waiting=(*self.waiting, *pieces))

    def take(self, worker: str) -> tuple["WorkQueue", str | None]:
        """Give a worker the next piece; None when none waits. One that has a piece in hand gets the same again."""
        if worker in self.in_hand:
            return self, self.in_hand[worker]
        if not self.waiting:
            return self, None
        piece, *rest = self.waiting
        return WorkQueue(tuple(rest), {**self.in_hand, worker: piece}), piece

    def done(self, worker: str, piece: str) -> "WorkQueue":
        """Forget a piece that a worker has finished; one that was taken from it since stays where it is."""
        return self._without(worker) if self.in_hand.get(worker) == piece else self

    def give_back(self, worker: str) -> "WorkQueue":
        """Queue the piece of a worker that is gone in front of all other."""
        if worker not in self.in_hand:
            return self
        return replace(self._without(worker), waiting=(self.in_hand[worker], *self.waiting))

    def give_half(self) -> tuple["WorkQueue", tuple[str, ...]]:
        """Let a sibling that ran dry steal: the younger half of what waits, at least one piece if there is any."""
        kept = len(self.waiting) // 2
        return replace(self, waiting=self.waiting[:kept]), self.waiting[kept:]

    def _without(self, worker: str) -> "WorkQueue":
        return replace(self, in_hand={other: piece for other, piece in self.in_hand.items() if other != worker})
