"""What the analyst of a ring can be told."""

from dataclasses import dataclass

from lambdas.fleet.plans import RingPolicy
from lambdas.fleet.ring_health import OutcomeCounts


@dataclass(frozen=True, slots=True)
class OpenRing:
    """Begin to watch a ring that is about to be filled."""

    deployment_id: str
    ring: str
    devices: int
    batches: int
    policy: RingPolicy


@dataclass(frozen=True, slots=True)
class BatchOpened:
    """A batch stands ready and asks whether it may offer the release."""

    batch: str
    """Address of the batch, ``batch/...``."""


@dataclass(frozen=True, slots=True)
class OutcomesReported:
    """The outcomes of a batch have changed by these counts."""

    change: OutcomeCounts


@dataclass(frozen=True, slots=True)
class BatchClosed:
    """A batch has come to its end and makes room for the next."""

    batch: str


@dataclass(frozen=True, slots=True)
class JudgeRing:
    """Answer the task token with the verdict: at once when it is bad, after the bake time when it is good."""

    task_token: str


@dataclass(frozen=True, slots=True)
class HaltRing:
    """Stop the ring on an operator's word."""

    reason: str


@dataclass(frozen=True, slots=True)
class PauseRing:
    """Open no further batch until resumed."""


@dataclass(frozen=True, slots=True)
class ResumeRing:
    """Open the batches that waited."""


@dataclass(frozen=True, slots=True)
class BakeEnded:
    """The bake time is over; tells the analyst itself."""
