"""What the operator API answers, typed; ``--json`` writes the same fields. docs/api/openapi.json is the reference."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ENDED_WELL = frozenset({"promoted", "rehearsed"})
ENDED = ENDED_WELL | {"rolled_back", "aborted", "failed"}


@dataclass(frozen=True, slots=True)
class DeviceDetails:
    """What operators know a device by."""

    name: str = ""
    manufacturer: str = ""
    model: str = ""
    os_name: str = ""
    site: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class DeviceVitals:
    """The last sample of a device. Percentages are 0 to 100."""

    cpu_percent: float
    memory_percent: float
    disk_percent: float
    battery_percent: float | None = None
    is_charging: bool | None = None
    crash_count: int = 0


@dataclass(frozen=True, slots=True)
class DeviceDeployment:
    """The deployment a device is, or was last, part of."""

    deployment_id: str
    purpose: str
    """``install`` or ``roll_back``."""
    state: str
    release: str | None = None
    reason: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device as the platform sees it."""

    device_id: str
    ring: str
    details: DeviceDetails = field(default_factory=DeviceDetails)
    is_simulated: bool = False
    has_client: bool = False
    is_online: bool = False
    running_release: str | None = None
    last_good_release: str | None = None
    deployment: DeviceDeployment | None = None
    vitals: DeviceVitals | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class DevicePage:
    """Some devices; ``cursor`` asks for the next ones, null when there are no more."""

    devices: tuple[Device, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """A named part of the fleet; releases reach rings in ascending order."""

    name: str
    order: int
    share: float


@dataclass(frozen=True, slots=True)
class Release:
    """A published version; ``status`` is ``awaiting_upload`` or ``ready``."""

    version: str
    size_bytes: int
    sha256: str
    file_name: str
    status: str
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """Permission to upload one archive, once, with exactly these headers."""

    method: str
    url: str
    headers: dict[str, str]
    expires_in_seconds: int


@dataclass(frozen=True, slots=True)
class ReleaseUpload:
    """A release and, while its archive is missing, the permission to upload it."""

    release: Release
    upload: UploadTicket | None = None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Devices of a ring by the outcome of their install."""

    done: int = 0
    failed: int = 0
    rolled_back: int = 0
    silent: int = 0
    deferred: int = 0
    cancelled: int = 0

    @property
    def failures(self) -> int:
        """Installs that went wrong: reported, undone by the device, or never heard of again."""
        return self.failed + self.rolled_back + self.silent

    @property
    def ended(self) -> int:
        """Device deployments that have come to an end of any kind."""
        return self.done + self.failures + self.deferred + self.cancelled


@dataclass(frozen=True, slots=True)
class RingProgress:
    """How far a deployment is in one ring."""

    ring: str
    status: str
    """waiting, running, passed, failed, aborted, promoted or rolled_back."""
    devices: int = 0
    batches: int = 0
    outcomes: Outcomes = field(default_factory=Outcomes)
    finding: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A release on its way through the rings."""

    deployment_id: str
    release: str | None
    status: str
    """planned, running, paused, aborting, promoted, rolled_back, aborted, failed, rehearsing or rehearsed."""
    mode: str = "rollout"
    reason: str | None = None
    rings: tuple[RingProgress, ...] = ()
    affected: tuple[str, ...] = ()
    """Devices that a rehearsal drew in."""
    recovered: tuple[str, ...] = ()
    created_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in ENDED

    @property
    def ended_well(self) -> bool:
        """Whether the release reached every ring and stayed."""
        return self.status in ENDED_WELL


@dataclass(frozen=True, slots=True)
class DeploymentSummary:
    """A deployment as it was asked for, and its status."""

    deployment_id: str
    release: str | None
    status: str
    mode: str = "rollout"
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceOutcome:
    """How the deployment ended on one device; ``outcome`` is null while it has not."""

    device_id: str
    ring: str
    batch: str
    outcome: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    """A task that was queued."""

    task_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task for one device; ``status`` is ``queued``, ``assigned``, ``succeeded`` or ``failed``."""

    task_id: str
    type: str
    status: str
    priority: str = "normal"
    payload: Any = None
    device_id: str | None = None
    attempt: int = 0
    max_attempts: int = 0
    result: Any = None
    submitted_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent and its state, as it lies in the table."""

    agent: str
    version: int
    state: Any
    status: str = "running"
    """running, suspended, resuming or stopped."""
    status_reason: str = ""
    incarnation: int = 0
    """Rises each time the agent begins anew."""
    waiting: int = 0
    """Messages that are held for it until it is resumed."""


@dataclass(frozen=True, slots=True)
class AgentListing:
    """An agent as a list shows it."""

    agent: str
    listed: dict[str, str]
    """What its kind is listed by."""


@dataclass(frozen=True, slots=True)
class AgentPage:
    """Some agents; ``cursor`` asks for the next ones, null when there are no more."""

    agents: tuple[AgentListing, ...]
    cursor: str | None = None
