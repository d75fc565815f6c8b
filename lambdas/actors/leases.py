"""Leases: one of many may do something for a while, and what it writes can be told from what its followers write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lease:
    """Leave to be the only one, until ``ends``.

    A holder may sleep past the end of its lease without knowing. What it writes carries ``token``, which rises with
    every lease of the name: whoever has seen a higher one refuses it (a fencing token).
    """

    name: str
    holder: str
    token: int
    ends: datetime


class LeaseStore(Protocol):
    """Gives leases, at most one of a name at a time. All methods raise PortUnavailableError.

    Clocks of holders may differ: a lease must be longer than they do, and only the token is proof.
    """

    def acquire(self, name: str, holder: str, ttl: timedelta, now: datetime) -> Lease | None:
        """Take the lease, or take it anew as its holder; None while another holds it. Each has a higher token."""

    def release(self, lease: Lease) -> None:
        """End a lease early; does nothing to one that another has taken since. Its token is never given again."""

    def check(self, lease: Lease, now: datetime) -> bool:
        """Tell whether a lease has not ended and is still the last that was given."""


@contextmanager
def under_lease(
    leases: LeaseStore, name: str, holder: str, ttl: timedelta, clock: Callable[[], datetime]
) -> Iterator[Lease | None]:
    """Hold a lease while the block runs; None when another holds it. It ends with the block, however that ends."""
    lease = leases.acquire(name, holder, ttl, clock())
    try:
        yield lease
    finally:
        if lease is not None:
            leases.release(lease)
