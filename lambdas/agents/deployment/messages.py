"""What a deployment can be told."""

from dataclasses import dataclass

from lambdas.fleet.plans import RolloutPlan
from lambdas.fleet.ring_health import OutcomeCounts


@dataclass(frozen=True, slots=True)
class OpenDeployment:
    """Begin: the release and the plan are known, nothing has been offered yet."""

    release: str
    plan: RolloutPlan
    requested_by: str


@dataclass(frozen=True, slots=True)
class EnterRing:
    """May the next ring open? The task token is answered with ``go`` or ``abort``; while paused it waits."""

    ring: str
    devices: int
    batches: int
    task_token: str


@dataclass(frozen=True, slots=True)
class RingJudged:
    """The analyst has come to its verdict."""

    ring: str
    verdict: str
    """``passed``, ``failed`` or ``aborted``."""
    finding: str
    outcomes: OutcomeCounts


@dataclass(frozen=True, slots=True)
class RingEnded:
    """The rollout of a ring has ended: ``promoted``, ``rolled_back``, or ``skipped`` for want of eligible devices."""

    ring: str
    outcome: str
    """A RingStatus."""


@dataclass(frozen=True, slots=True)
class EndDeployment:
    """The supervisor has come to its end: ``promoted``, ``rolled_back``, ``aborted`` or ``failed``."""

    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class PauseDeployment:
    """Open no further batch and no further ring."""

    reason: str
    requested_by: str


@dataclass(frozen=True, slots=True)
class ResumeDeployment:
    """Go on after a pause."""

    requested_by: str


@dataclass(frozen=True, slots=True)
class AbortDeployment:
    """Stop, and roll back the ring that is being filled."""

    reason: str
    requested_by: str


@dataclass(frozen=True, slots=True)
class StartRehearsal:
    """Rehearse on simulated devices: nothing is installed, their vitals move."""

    affected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompleteRehearsal:
    """End a rehearsal; some of its devices have recovered."""

    recovered: tuple[str, ...]
