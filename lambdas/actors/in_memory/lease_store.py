"""Leases in memory."""

from dataclasses import replace
from datetime import datetime, timedelta

from lambdas.actors.leases import Lease


class InMemoryLeaseStore:
    """A LeaseStore whose leases live as long as the process."""

    def __init__(self) -> None:
        self.leases: dict[str, Lease] = {}
        self._released: set[str] = set()

    def acquire(self, name: str, holder: str, ttl: timedelta, now: datetime) -> Lease | None:
        """Take a lease that nobody holds, or that this holder does."""
        last = self.leases.get(name)
        if last is not None and self._is_held(last, now) and last.holder != holder:
            return None
        self._released.discard(name)
        self.leases[name] = Lease(name, holder, last.token + 1 if last else 1, now + ttl)
        return replace(self.leases[name])

    def release(self, lease: Lease) -> None:
        """Let the lease end, if it is still the last."""
        if self.leases[lease.name].token == lease.token:
            self._released.add(lease.name)

    def check(self, lease: Lease, now: datetime) -> bool:
        """Compare with the last lease of the name."""
        last = self.leases.get(lease.name)
        return last is not None and last.token == lease.token and self._is_held(last, now)

    def _is_held(self, lease: Lease, now: datetime) -> bool:
        return lease.name not in self._released and lease.ends > now
