"""What the ledger keeps of one message, and of one commit of a lane."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Message:
    """A message that was accepted for an agent: by its mailbox from a program, or by the commit of the one who sent."""

    uid: str
    to: str
    queue: str
    expires: datetime | None = None
    may_be_lost: bool = False
    told: int = 1
    """How often it was accepted: once, and once more each time that an operator replayed its letter."""
    position: tuple[int, int] | None = None
    """Where it came into its mailbox first: the number of the mailbox message, and its place in the frame."""
    applied: int = 0


@dataclass(frozen=True, slots=True)
class Pass:
    """One commit of a lane: which mailbox messages it handled or took in hand, and when."""

    agent: str
    after: int
    up_to: int
    in_hand: int
    now: datetime

    def concerns(self, sequence: int) -> bool:
        """Tell whether the commit has to do with a mailbox message."""
        return self.after < sequence <= self.up_to or sequence == self.in_hand
