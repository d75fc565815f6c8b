"""What a device's agent can be told."""

from dataclasses import dataclass
from datetime import datetime

from lambdas.fleet.devices import DeviceDetails
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.releases import Release


@dataclass(frozen=True, slots=True)
class RegisterDevice:
    """Join the fleet, or join it again with new details. ``has_client`` tells enrolled devices from bare assets."""

    details: DeviceDetails
    ring: str
    is_simulated: bool
    has_client: bool


@dataclass(frozen=True, slots=True)
class AssignRing:
    """Move to another ring; takes effect with the next deployment."""

    ring: str


@dataclass(frozen=True, slots=True)
class InstallRelease:
    """Take a release as part of a batch."""

    deployment_id: str
    batch: str
    """Address of the batch that is told of the end, ``batch/...``."""
    release: Release


@dataclass(frozen=True, slots=True)
class RollBackRelease:
    """Go back to the last good release if this device took, or may have taken, the release of a deployment."""

    deployment_id: str
    """The deployment that went wrong."""
    batch: str
    release: Release


@dataclass(frozen=True, slots=True)
class WithdrawInstall:
    """Do not begin the install of this deployment; one past the point of no return is undone when it ends."""

    deployment_id: str
    ends_as: InstallState
    """``cancelled`` after a halt, ``silent`` after the batch's timeout."""
    reason: str


@dataclass(frozen=True, slots=True)
class InstallProgressed:
    """The device has reached a step of its install."""

    deployment_id: str
    state: InstallState


@dataclass(frozen=True, slots=True)
class InstallEnded:
    """The device has ended its install: ``done``, ``failed``, ``rolled_back`` or ``deferred``."""

    deployment_id: str
    outcome: InstallState
    running_release: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceHeard:
    """What the device runs, or whether it can be heard at all, has changed."""

    running_release: str | None
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceFellSilent:
    """The device was not heard within its lease."""

    last_seen: datetime


@dataclass(frozen=True, slots=True)
class MoveVitals:
    """Change the vitals of a simulated device; real devices ignore it."""

    activity_id: str
    cpu_points: float
    memory_points: float
    battery_points: float


@dataclass(frozen=True, slots=True)
class RunTask:
    """Do a task and report to the scheduler."""

    task_id: str
    scheduler: str
    """Address of the scheduler that is told of the end, ``task_scheduler/...``."""
    type: str
    payload: str
    """JSON."""
    attempt: int = 1
    """Counts how often the task was given out: the same task given again is to be done again."""


@dataclass(frozen=True, slots=True)
class WithdrawTask:
    """Drop a task that was given to another device or ran out of time."""

    task_id: str


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """The device has ended a task."""

    task_id: str
    succeeded: bool
    result: str
    """JSON."""
