"""What the analyst of a ring remembers."""

from dataclasses import dataclass, field
from enum import StrEnum

from lambdas.fleet.plans import RingPolicy
from lambdas.fleet.ring_health import OutcomeCounts, RingHealth


class RingVerdict(StrEnum):
    """What became of a ring."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    ABORTED = "aborted"

    @property
    def is_bad(self) -> bool:
        """Whether nothing more may be offered."""
        return self in (RingVerdict.FAILED, RingVerdict.ABORTED)


@dataclass(frozen=True, slots=True)
class RingWatch:
    """One ring of one deployment, as its analyst sees it."""

    ring_key: str
    """``deployment/ring``."""
    is_open: bool = False
    deployment_id: str = ""
    ring: str = ""
    devices: int = 0
    batches: int = 0
    policy: RingPolicy = field(default_factory=RingPolicy)
    outcomes: OutcomeCounts = field(default_factory=OutcomeCounts)
    open_batches: tuple[str, ...] = ()
    waiting_batches: tuple[str, ...] = ()
    is_paused: bool = False
    has_baked: bool = False
    task_token: str = ""
    verdict: RingVerdict = RingVerdict.OPEN
    finding: str = ""

    @property
    def health(self) -> RingHealth:
        """The evidence so far."""
        return RingHealth(self.devices, self.outcomes)
