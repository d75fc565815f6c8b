"""The deployment in hand and how far it has come: what must survive a crash."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from ringtree_device.work import Action, DeploymentOrder, Release

REMEMBERED_ENDINGS = 10


class Step(StrEnum):
    """The step a job is in. Written to disk before the step begins, so each can be begun again."""

    DOWNLOADING = "downloading"
    INSTALLING = "installing"
    SWITCHING = "switching"
    VERIFYING = "verifying"
    REVERTING = "reverting"
    REPORTING = "reporting"

    @property
    def is_past_return(self) -> bool:
        """Whether what the device runs has, or may have, begun to change: a halt comes too late."""
        return self not in (Step.DOWNLOADING, Step.INSTALLING)


class ProgressState(StrEnum):
    """What a device tells the platform of a deployment."""

    DOWNLOADING = "downloading"
    INSTALLING = "installing"
    VERIFYING = "verifying"
    DONE = "done"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Job:
    """One deployment on this device."""

    deployment_id: str
    action: Action
    release: Release | None
    previous_release: str | None
    """What the device ran when the job began; where a failing health check leads back to."""
    step: Step = Step.DOWNLOADING
    outcome: ProgressState | None = None
    """Known from the step ``reporting`` on."""
    reason: str = ""

    @classmethod
    def of(cls, order: DeploymentOrder, running_release: str | None) -> "Job":
        """Begin the job of an order."""
        return cls(order.deployment_id, order.action, order.release, previous_release=running_release)

    @property
    def target(self) -> str | None:
        """Version the device is to run; none to run nothing."""
        return None if self.release is None else self.release.version

    @property
    def key(self) -> tuple[str, Action]:
        """What tells jobs apart: a deployment may install on a device once and roll it back once."""
        return (self.deployment_id, self.action)

    def at(self, step: Step, reason: str = "") -> "Job":
        """The job, gone on to another step."""
        return replace(self, step=step, reason=reason or self.reason)

    def ended(self, outcome: ProgressState, reason: str = "") -> "Job":
        """The job, with nothing left but to report its outcome."""
        return replace(self, step=Step.REPORTING, outcome=outcome, reason=reason)


@dataclass(frozen=True, slots=True)
class DeviceState:
    """All that this device must not forget."""

    job: Job | None = None
    endings: tuple[Job, ...] = ()
    """The last jobs that ended, oldest first: one that is offered again is not done again."""
    previous_release: str | None = None
    """The good release before the running one; kept on disk for a fast way back."""

    def with_job(self, job: Job | None) -> "DeviceState":
        """The state with another job, or another step of it, in hand."""
        return replace(self, job=job)

    def after(self, job: Job) -> "DeviceState":
        """The state once the outcome of a job has been reported."""
        endings = (*(ended for ended in self.endings if ended.key != job.key), job)[-REMEMBERED_ENDINGS:]
        previous = self.previous_release
        if job.outcome is ProgressState.DONE and job.target != job.previous_release:
            previous = job.previous_release if job.action is Action.INSTALL else None
        return DeviceState(job=None, endings=endings, previous_release=previous)

    def ending_of(self, order: DeploymentOrder) -> Job | None:
        """How the job of this order ended, if it was done before."""
        return next((job for job in self.endings if job.key == (order.deployment_id, order.action)), None)

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "DeviceState":
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            job=None if values["job"] is None else _job(values["job"]),
            endings=tuple(_job(ended) for ended in values["endings"]),
            previous_release=values["previous_release"],
        )


def _job(values: dict[str, Any]) -> Job:
    release, outcome = values["release"], values["outcome"]
    return Job(
        deployment_id=values["deployment_id"],
        action=Action(values["action"]),
        release=None if release is None else Release(**release),
        previous_release=values["previous_release"],
        step=Step(values["step"]),
        outcome=None if outcome is None else ProgressState(outcome),
        reason=values["reason"],
    )
