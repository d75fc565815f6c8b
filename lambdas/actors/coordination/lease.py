"""A lease that an agent gives to one of many, in the words of ``leases``: holder, token, end.

Programs take leases from a LeaseStore; agents ask an agent that keeps this value in its state.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class HeldLease:
    """Who holds the lease now, if anybody. ``token`` is the last that was given; it only rises.

    A holder may go on past the end of its lease without knowing. What it does carries its token, and whoever has seen
    a higher one refuses it.
    """

    holder: str = ""
    token: int = 0
    ends: datetime | None = None

    def is_held(self, now: datetime) -> bool:
        """Tell whether somebody holds the lease."""
        return self.ends is not None and now < self.ends

    def acquire(self, holder: str, ttl: timedelta, now: datetime) -> "HeldLease | None":
        """Give the lease, or give it anew to its holder; None while another holds it. Each has a higher token."""
        if self.is_held(now) and self.holder != holder:
            return None
        return HeldLease(holder, self.token + 1, now + ttl)

    def release(self, token: int) -> "HeldLease":
        """End the lease of that token early; nothing changes when another was given since."""
        return replace(self, holder="", ends=None) if token == self.token else self

    def check(self, token: int, now: datetime) -> bool:
        """Tell whether the lease of that token has not ended and is still the last that was given."""
        return token == self.token and self.is_held(now)


@dataclass(frozen=True, slots=True)
class Fence:
    """What the guarded side remembers: the highest token it has seen."""

    highest: int = 0

    def admit(self, token: int) -> "Fence | None":
        """Let a holder through; None for one whose lease was given to another since."""
        return Fence(token) if token >= self.highest else None
