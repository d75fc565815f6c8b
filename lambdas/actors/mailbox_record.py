"""What one mailbox message looks like to the turn loop."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailboxRecord:
    """One received message: where it stands in the mailbox, and its body (a frame as JSON)."""

    message_id: str
    agent: str
    """Address of the agent it is for: the message group, ``kind/key``."""
    queue: str
    """Name of the mailbox; sequence numbers of different mailboxes cannot be compared."""
    sequence_number: int
    """Rises within the group for the life of the mailbox and stays the same when redelivered."""
    body: str
    receipt: str = ""
    """With it the message can be postponed while this delivery has it."""
    receives: int = 1
    """How often it was received, this time included; also counts throttles and neighbours that failed."""
