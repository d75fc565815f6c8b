"""What the catalog keeps: releases on offer, and deployments asked for."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from lambdas.fleet.plans import RolloutPlan
from lambdas.fleet.releases import Release

E = TypeVar("E")

DEPLOYMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,55}")
"""The name of the execution that supervises the deployment; with ``-`` and the ring's number, that of a ring rollout.

Short enough for the addresses of its batches, which hold it, the ring's name and a number.
"""


class ReleaseStatus(StrEnum):
    """Life of a release. Only a ready one can be deployed."""

    AWAITING_UPLOAD = "awaiting_upload"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class CatalogRelease:
    """A release and where its archive stands."""

    release: Release
    file_name: str
    status: ReleaseStatus
    created_at: datetime


class DeploymentMode(StrEnum):
    """Whether a deployment installs a release, or only moves the vitals of simulated devices."""

    ROLLOUT = "rollout"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class CatalogDeployment:
    """A deployment as it was asked for; how it goes is known by its agent."""

    deployment_id: str
    mode: DeploymentMode
    plan_digest: str
    """Fingerprint of everything asked for: a repeat of the request has the same, another request another."""
    created_at: datetime
    release: Release | None = None
    plan: RolloutPlan | None = None
    requested_by: str = ""
    affected: tuple[str, ...] = ()
    """Devices that a rehearsal draws in."""


@dataclass(frozen=True, slots=True)
class CatalogPage(Generic[E]):
    """Some entries of one kind, in ascending order of their names."""

    entries: tuple[E, ...]
    cursor: str | None
    """Where the next page begins; none on the last one."""
