"""What the device metrics keep: what a device said, when, and until when it must speak again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.fleet.vitals import Vitals

LEASE_INTERVALS = 3
"""A device that misses this many heartbeats in a row counts as silent."""


@dataclass(frozen=True, slots=True)
class DeviceSample:
    """One heartbeat of one device, as it was received."""

    device_id: str
    received_at: datetime
    sampled_at: datetime
    boot_id: str
    running_release: str | None
    is_simulated: bool
    vitals: Vitals
    lease_until: datetime
    """When the device counts as silent unless it is heard again."""


@dataclass(frozen=True, slots=True)
class LatestSample:
    """The newest sample of a device, and what its agent was told of it."""

    sample: DeviceSample
    is_online: bool
    """Whether its agent was told that the device can be heard."""
    announced_release: str | None
    """The running release that its agent was last told of."""
    online_since: datetime | None
    """Receipt of the heartbeat by which it last (re)appeared."""

    @property
    def is_to_be_announced(self) -> bool:
        """Whether its agent does not yet know that the device is heard, or what it runs."""
        return not self.is_online or self.announced_release != self.sample.running_release


@dataclass(frozen=True, slots=True)
class DueLease:
    """A device that was not heard within its lease."""

    device_id: str
    received_at: datetime
    """Receipt of its last heartbeat."""


@dataclass(frozen=True, slots=True)
class LeaseSpan:
    """A stretch of time; the leases that ended in it are looked at together."""

    begin: datetime
    end: datetime


def lease_end(received_at: datetime, interval: timedelta) -> datetime:
    """When a device that was told this interval counts as silent."""
    return received_at + LEASE_INTERVALS * interval
