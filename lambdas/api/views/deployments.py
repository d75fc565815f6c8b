"""Deployments as operators see them."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from lambdas.agents.deployment.state import DeploymentStatus, RingStatus
from lambdas.api.views.fields import Count, DeploymentId, Reason, Request, RingName, Seconds, Share, Version, View
from lambdas.fleet.catalog import DeploymentMode
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.plans import BATCH_SIZE_LIMIT, BATCH_TIMEOUT_LIMIT, OPEN_BATCHES_LIMIT, RingPolicy

RINGS_LIMIT = 50


def _is_unique(rings: list[str]) -> list[str]:
    if len(set(rings)) != len(rings):
        raise ValueError("each ring may be named once")
    return rings


class PolicyRequest(Request):
    """How each ring is filled and judged; what is left out has its default."""

    batch_size: Annotated[Count, Field(ge=1, le=BATCH_SIZE_LIMIT)] | None = None
    max_open_batches: Annotated[Count, Field(ge=1, le=OPEN_BATCHES_LIMIT)] | None = None
    batch_timeout_seconds: Annotated[Seconds, Field(gt=0, le=BATCH_TIMEOUT_LIMIT.total_seconds())] | None = None
    tolerated_failure_share: Annotated[Share, Field(lt=1)] | None = None
    minimum_sample: Annotated[Count, Field(ge=1, le=10**6)] | None = None
    bake_time_seconds: Annotated[Seconds, Field(le=BATCH_TIMEOUT_LIMIT.total_seconds())] | None = None

    def policy(self) -> RingPolicy:
        """Fill what was left out."""
        given = self.model_dump(exclude_none=True)
        for name in ("batch_timeout", "bake_time"):
            seconds = given.pop(f"{name}_seconds", None)
            if seconds is not None:
                given[name] = timedelta(seconds=seconds)
        return RingPolicy(**given)


class PlanRequest(Request):
    """Which rings, in which order; without any, all of them in their own order."""

    rings: Annotated[list[RingName], Field(min_length=1, max_length=RINGS_LIMIT), AfterValidator(_is_unique)] | None = (
        None
    )
    policy: PolicyRequest = PolicyRequest()


class DeploymentRequest(Request):
    """A release that is to go out. The id makes the request repeatable; one is made up where it is left out."""

    deployment_id: DeploymentId | None = None
    release: Version
    plan: PlanRequest = PlanRequest()


class OutcomesView(View):
    """Devices by the outcome of their install."""

    done: int
    failed: int
    rolled_back: int
    silent: int
    deferred: int
    cancelled: int


class RingProgressView(View):
    """How far one ring has come."""

    ring: str
    status: RingStatus
    devices: int
    batches: int
    outcomes: OutcomesView
    finding: str
    started_at: datetime | None
    ended_at: datetime | None


class DeploymentView(View):
    """A deployment and how far it has come."""

    deployment_id: str
    release: str | None
    mode: DeploymentMode
    status: DeploymentStatus
    reason: str
    rings: list[RingProgressView]
    affected: list[str]
    """Devices that a rehearsal drew in."""
    recovered: list[str]
    created_at: datetime
    ended_at: datetime | None


class DeploymentSummary(View):
    """A deployment as it was asked for, and its status."""

    deployment_id: str
    release: str | None
    mode: DeploymentMode
    status: DeploymentStatus
    created_at: datetime


class DeploymentPage(View):
    """Some deployments, by id; no cursor means that these were the last."""

    deployments: list[DeploymentSummary]
    cursor: str | None


class DeviceOutcomeView(View):
    """What became of one device; no outcome means that it has not ended."""

    device_id: str
    ring: str
    batch: str
    outcome: InstallState | None
    reason: str


class DeviceOutcomePage(View):
    """Some devices of a deployment, batch by batch; no cursor means that these were the last."""

    devices: list[DeviceOutcomeView]
    cursor: str | None


class CommandRequest(Request):
    """Why an operator steps in."""

    reason: Reason = ""


class CommandView(View):
    """A command that was accepted, and the status it was given in."""

    deployment_id: str
    command: str
    status: DeploymentStatus
