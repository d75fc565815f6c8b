"""What a batch remembers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lambdas.agents.batch.messages import BatchPurpose
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.releases import Release
from lambdas.fleet.ring_health import OutcomeCounts


class BatchPhase(StrEnum):
    """Life of a batch."""

    UNOPENED = "unopened"
    WAITING = "waiting"
    """For the analyst's word that it may offer the release."""
    RUNNING = "running"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Batch:
    """The devices of a batch and how each has ended."""

    batch: str
    """Address, ``batch/...``."""
    deployment_id: str = ""
    ring: str = ""
    number: int = 0
    purpose: BatchPurpose = BatchPurpose.INSTALL
    release: Release | None = None
    devices: tuple[str, ...] = ()
    timeout_seconds: float = 0
    task_token: str = ""
    phase: BatchPhase = BatchPhase.UNOPENED
    outcomes: Mapping[str, InstallState] = field(default_factory=dict)
    """By device id; a device that has not ended is not in it."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By device id, for those that did not end well."""

    @property
    def at_work(self) -> tuple[str, ...]:
        """Devices that have not ended."""
        return tuple(device for device in self.devices if device not in self.outcomes)

    @property
    def counts(self) -> OutcomeCounts:
        """Devices by outcome."""
        return OutcomeCounts(**Counter(outcome.value for outcome in self.outcomes.values()))
