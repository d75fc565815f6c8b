"""Releases as operators see them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from lambdas.api.views.fields import Count, Request, Sha256, Version, View, documented_as, matching
from lambdas.fleet.catalog import ReleaseStatus
from lambdas.fleet.releases import ARTIFACT_LIMIT_BYTES, FILE_NAME


class ReleaseDraft(Request):
    """A release whose archive is about to be uploaded."""

    version: Version
    size_bytes: Annotated[Count, Field(ge=1, le=ARTIFACT_LIMIT_BYTES)]
    sha256: Sha256
    file_name: Annotated[str, matching(FILE_NAME, "kiosk-1.1.0.tar.gz"), documented_as(FILE_NAME)]


class ReleaseView(View):
    """A release."""

    version: str
    size_bytes: int
    sha256: str
    file_name: str
    status: ReleaseStatus
    created_at: datetime


class UploadView(View):
    """The request that uploads the archive; all of its headers must be sent."""

    method: str
    url: str
    headers: dict[str, str]
    expires_in_seconds: int


class ReleaseUploadView(View):
    """A release and how to upload its archive; a release that is ready takes no upload."""

    release: ReleaseView
    upload: UploadView | None


class ReleaseAnswer(View):
    """One release."""

    release: ReleaseView


class ReleasePage(View):
    """Some releases; no cursor means that these were the last."""

    releases: list[ReleaseView]
    cursor: str | None
