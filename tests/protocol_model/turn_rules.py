"""The rules of a turn, and the mutants: each is the protocol with one rule changed."""

from dataclasses import dataclass, replace
from enum import Enum


class Order(Enum):
    """In which order a turn takes effect."""

    COMMIT_FLUSH_ACK = "commit, flush, acknowledge"
    COMMIT_ACK_FLUSH = "commit, acknowledge, flush"
    FLUSH_COMMIT_ACK = "flush, commit, acknowledge"


class Resends(Enum):
    """How a receiver knows a frame that was sent again."""

    MARKS = "a high-water mark per sender, sender's lane and receiving lane"
    MARKS_BY_SENDER_ONLY = "a high-water mark per sender"
    LAST_ID = "a window of ids, here of one"
    NEVER = "not at all: SQS drops repeats, for five minutes"


@dataclass(frozen=True, slots=True)
class Rules:
    """The protocol as it is built; a mutant differs in one field."""

    order: Order = Order.COMMIT_FLUSH_ACK
    resends: Resends = Resends.MARKS
    has_fence: bool = True
    """A commit is refused when the item is no longer the one that was loaded."""
    flushes_again: bool = True
    """A delivery that brings nothing new lets the stored outbox out once more."""
    carries: bool = True
    """A batch that begins with messages handled before keeps the stored outbox in front of the new one."""
    knows_redeliveries: bool = True
    """By the sequence number that the mailbox gave the message."""
    sends_frames: bool = True
    """All that a turn tells one agent is one mailbox message."""
    lane_has_own_outbox: bool = True
    redrives: bool = False
    """The queue moves a message away that came again and again, whatever became of it."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens."""

    commands: int = 2
    """For each lane of A."""
    batch: int = 2
    lanes: int = 1
    crashes: int = 1
    zombies: int = 1
    outputs: int = 1
    """What A tells B of one command."""
    partial_sends: int = 0
    one_sender: bool = False
    """One client feeds all lanes of A, under one sequence."""


PROTOCOL = Rules()

TWO_LANES = Size(commands=1, lanes=2)
ONE_SENDER = replace(TWO_LANES, one_sender=True)

SIZES = {
    "2 commands, 1 crash, 1 zombie": Size(),
    "2 commands, 2 crashes": Size(crashes=2, zombies=0),
    "2 commands, batches of 1, 1 crash, 2 zombies": Size(batch=1, zombies=2),
    "2 lanes with own outbox and sequence, 1 crash, 1 zombie": TWO_LANES,
    "1 sender feeds 2 lanes, 1 crash, 1 zombie": ONE_SENDER,
    "3 commands, 1 crash, 1 zombie": Size(commands=3),
    "2 commands, 2 crashes, 1 zombie": Size(crashes=2),
}

LARGER = {
    "2 commands, 2 crashes, 2 zombies": Size(crashes=2, zombies=2),
}
