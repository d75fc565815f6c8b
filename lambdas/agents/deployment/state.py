"""What a deployment remembers."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from lambdas.fleet.plans import RolloutPlan
from lambdas.fleet.ring_health import OutcomeCounts


class DeploymentStatus(StrEnum):
    """Life of a deployment."""

    UNKNOWN = "unknown"
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    ABORTING = "aborting"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"
    FAILED = "failed"
    REHEARSING = "rehearsing"
    REHEARSED = "rehearsed"

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen any more."""
        return self in _FINAL


_FINAL = frozenset(
    {
        DeploymentStatus.PROMOTED,
        DeploymentStatus.ROLLED_BACK,
        DeploymentStatus.ABORTED,
        DeploymentStatus.FAILED,
        DeploymentStatus.REHEARSED,
    }
)


class RingStatus(StrEnum):
    """Life of a ring in a deployment."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    ABORTED = "aborted"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    SKIPPED = "skipped"
    """No device of the ring was eligible."""


@dataclass(frozen=True, slots=True)
class RingProgress:
    """How far one ring of the plan has come."""

    ring: str
    status: RingStatus = RingStatus.WAITING
    devices: int = 0
    batches: int = 0
    outcomes: OutcomeCounts = field(default_factory=OutcomeCounts)
    """As of the verdict; until then the batches know."""
    finding: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What an operator asked for, and when."""

    command: str
    reason: str
    requested_by: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """A supervisor that waits for leave to open the next ring."""

    ring: str
    devices: int
    batches: int
    task_token: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """One release on its way through the rings of its plan."""

    deployment_id: str
    status: DeploymentStatus = DeploymentStatus.UNKNOWN
    release: str = ""
    plan: RolloutPlan | None = None
    rings: tuple[RingProgress, ...] = ()
    reason: str = ""
    pending_entry: PendingEntry | None = None
    commands: tuple[Command, ...] = ()
    created_at: datetime | None = None
    ended_at: datetime | None = None
    affected: tuple[str, ...] = ()
    """Simulated devices that a rehearsal strained."""
    recovered: tuple[str, ...] = ()

    @property
    def running_ring(self) -> RingProgress | None:
        """The ring that is being filled, if any."""
        return next((ring for ring in self.rings if ring.status is RingStatus.RUNNING), None)
