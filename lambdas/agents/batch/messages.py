"""What a batch can be told."""

from dataclasses import dataclass
from enum import StrEnum

from lambdas.fleet.install_states import InstallState
from lambdas.fleet.releases import Release


class BatchPurpose(StrEnum):
    """Whether a batch brings a release to its devices or takes it away from them."""

    INSTALL = "install"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """Bring the devices of the batch to their end and then answer the task token."""

    deployment_id: str
    ring: str
    number: int
    purpose: BatchPurpose
    release: Release
    devices: tuple[str, ...]
    timeout_seconds: float
    task_token: str


@dataclass(frozen=True, slots=True)
class ProceedBatch:
    """The ring is healthy and has room: offer the release."""


@dataclass(frozen=True, slots=True)
class HaltBatch:
    """Offer nothing more and withdraw what was not begun."""

    reason: str


@dataclass(frozen=True, slots=True)
class DeviceEnded:
    """A device of the batch has ended, or its end turned out otherwise."""

    device_id: str
    outcome: InstallState
    reason: str


@dataclass(frozen=True, slots=True)
class BatchTimedOut:
    """The batch's time is over; tells the batch itself."""
