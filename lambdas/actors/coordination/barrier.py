"""A barrier: some parties go on only when all have come. A value that an agent keeps in its state."""

from dataclasses import dataclass, replace

from lambdas.actors.effects import BreakPromise, Effect, HoldReply, KeepPromise, Reply


@dataclass(frozen=True, slots=True)
class Barrier:
    """Who has come so far. When the last one has, all are answered and the next round begins."""

    name: str
    """Under which the agent holds the replies; barriers of one agent have different ones."""
    parties: int
    round: int = 1
    arrived: tuple[str, ...] = ()

    def arrive(self, party: str) -> tuple["Barrier", tuple[Effect, ...]]:
        """Note who has come. The message in hand is answered with the number of the round once all have.

        Coming twice counts once; both times are answered.
        """
        arrived = tuple(dict.fromkeys((*self.arrived, party)))
        if len(arrived) < self.parties:
            return replace(self, arrived=arrived), (HoldReply(self._waiting),)
        opened = (Reply(self.round), KeepPromise(self._waiting, self.round))
        return replace(self, round=self.round + 1, arrived=()), opened

    def give_up(self, reason: str) -> tuple["Barrier", tuple[Effect, ...]]:
        """Send those who wait away with a reason; the next round begins."""
        return replace(self, round=self.round + 1, arrived=()), (BreakPromise(self._waiting, reason),)

    @property
    def _waiting(self) -> str:
        return f"{self.name} {self.round}"
