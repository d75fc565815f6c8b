"""What becomes of a message that fails, and how long its next try waits."""

from datetime import timedelta
from enum import StrEnum

MAX_ATTEMPTS = 5
"""How often a message is tried before the kind's policy takes over."""

FIRST_DELAY = timedelta(seconds=1)
LONGEST_DELAY = timedelta(minutes=5)


class FailurePolicy(StrEnum):
    """What an agent does with a message that failed on every try."""

    PARK = "park"
    """The message becomes a dead letter; the agent goes on with the next."""
    SUSPEND = "suspend"
    """The agent stops; this and all later messages are held in order until an operator resumes it."""
    RESET = "reset"
    """The agent begins anew from its initial state and tries once more; then the message is parked."""
    ESCALATE = "escalate"
    """The message is parked, the agent stops, and its supervisor decides; without one it is suspended."""


def retry_delay(attempt: int, random_share: float) -> timedelta:
    """Say how long the try after ``attempt`` waits: doubling from a second to five minutes, less up to half of it.

    ``random_share`` is drawn from 0..1, so that agents that failed together do not come back together.
    """
    doublings = min(max(attempt - 1, 0), 30)
    ceiling: timedelta = min(FIRST_DELAY * 2**doublings, LONGEST_DELAY)
    return ceiling * (1 - random_share / 2)
