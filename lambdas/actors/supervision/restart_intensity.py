"""How many restarts within which time are too many: OTP's ``add_restart``, to the second."""

from collections.abc import Sequence
from itertools import takewhile


def with_restart(restarts: Sequence[int], now: int, period: int) -> tuple[int, ...]:
    """Put a restart in front of those that still count. All are whole seconds, the newest first.

    One that is exactly ``period`` seconds old still counts.
    """
    oldest = now - period
    return (now, *takewhile(lambda restart: restart >= oldest, restarts))


def are_too_many(restarts: Sequence[int], intensity: int) -> bool:
    """Say whether a supervisor must give up; an ``intensity`` of 0 allows no restart at all."""
    return len(restarts) > intensity
