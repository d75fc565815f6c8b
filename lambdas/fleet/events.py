"""The events that Ringtree puts on its bus. The class name is the detail type, the fields are the detail.

Fields are added, never renamed or removed; a change of meaning is a new event.
"""

from dataclasses import dataclass
from datetime import datetime

from lambdas.fleet.ring_health import OutcomeCounts
from lambdas.fleet.vitals import Vitals

EVENT_SOURCE = "ringtree"


@dataclass(frozen=True, slots=True)
class HeartbeatReceived:
    """A device spoke. ``sampled_at`` is the device's clock, ``received_at`` ours."""

    device_id: str
    received_at: datetime
    sampled_at: datetime
    boot_id: str
    running_release: str | None
    is_simulated: bool
    vitals: Vitals
    next_heartbeat_seconds: float = 60.0
    """How soon the device was told to speak again; its lease follows from it."""


@dataclass(frozen=True, slots=True)
class DeviceEnrolled:
    """A device joined the fleet, or joined it again."""

    device_id: str
    ring: str
    is_simulated: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceOnline:
    """A device was heard for the first time, or again after silence."""

    device_id: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceOffline:
    """A device was not heard within its lease."""

    device_id: str
    last_seen: datetime
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class DeploymentStarted:
    """A deployment began its first ring."""

    deployment_id: str
    release: str
    rings: tuple[str, ...]
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class DeploymentPaused:
    """An operator paused a deployment; no further batch opens."""

    deployment_id: str
    reason: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class DeploymentResumed:
    """An operator resumed a paused deployment."""

    deployment_id: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class DeploymentEnded:
    """A deployment came to its end: promoted, rolled_back, aborted or failed."""

    deployment_id: str
    release: str
    outcome: str
    reason: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class RingStarted:
    """A release began to reach a ring."""

    deployment_id: str
    ring: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class RingHalted:
    """A ring was stopped: no further device of it is offered the release."""

    deployment_id: str
    ring: str
    reason: str
    outcomes: OutcomeCounts
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class RingPromoted:
    """A ring took the release, stayed healthy for its bake time and was promoted."""

    deployment_id: str
    ring: str
    reason: str
    outcomes: OutcomeCounts
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class RingRolledBack:
    """Every reachable device of the ring that took the release is back on its last good one."""

    deployment_id: str
    ring: str
    occurred_at: datetime


FleetEvent = (
    HeartbeatReceived
    | DeviceEnrolled
    | DeviceOnline
    | DeviceOffline
    | DeploymentStarted
    | DeploymentPaused
    | DeploymentResumed
    | DeploymentEnded
    | RingStarted
    | RingHalted
    | RingPromoted
    | RingRolledBack
)
