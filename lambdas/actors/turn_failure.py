"""What went wrong in a turn, for the log."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnFailure:
    """Something of an agent's turn raised: a mailbox message, or a timer when ``message_id`` is empty."""

    agent: str
    message_id: str
    error: Exception
