"""Publishing: measure the archive, declare the release, upload, have the platform check it. Safe to repeat."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from ringtree_cli.answers import Release, ReleaseUpload, UploadTicket
from ringtree_cli.errors import ConflictError, NotFoundError, PlatformUnreachableError, RingtreeError
from ringtree_cli.operator_api import OperatorApi

CHUNK_BYTES = 256 * 1024
UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Per read and write, not for the whole upload, which may take hours."""

ProgressListener = Callable[[int], None]
"""Told how many further bytes have been sent."""


class UploadRefusedError(RingtreeError):
    """The store did not take the archive."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A file to be published, measured."""

    path: Path
    size_bytes: int
    sha256: str


def measure_archive(path: Path) -> Archive:
    """Read the file once for its size and SHA-256."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        return Archive(path, path.stat().st_size, digest.hexdigest())
    except OSError as error:
        raise RingtreeError(f"cannot read {path}: {error.strerror}", "name the archive to publish") from error


def publish_release(
    api: OperatorApi,
    archive: Archive,
    version: str,
    listener: ProgressListener = lambda _: None,
    transport: httpx.BaseTransport | None = None,
) -> Release:
    """Bring the release to ``ready``, from wherever an earlier try of the same archive left it.

    Raises ConflictError when the version exists with another archive: a version is published once.
    """
    ticket = _declare(api, archive, version)
    if ticket.release.status == "ready":
        return ticket.release

    if ticket.upload is None:
        ticket = api.renew_upload(version)
    if ticket.upload is not None:
        upload_archive(archive, ticket.upload, listener, transport)
    return api.finalise_release(version)


def _declare(api: OperatorApi, archive: Archive, version: str) -> ReleaseUpload:
    try:
        standing = api.release(version)
    except NotFoundError:
        return api.create_release(version, archive.size_bytes, archive.sha256, archive.path.name)

    if (standing.size_bytes, standing.sha256) != (archive.size_bytes, archive.sha256):
        was = f"{standing.size_bytes} bytes, SHA-256 {standing.sha256[:12]}…"
        now = f"{archive.size_bytes} bytes, SHA-256 {archive.sha256[:12]}…"
        message = f"release {version} exists with another archive ({was}; {archive.path.name} has {now})"
        raise ConflictError(message, "publish this archive under a new version")
    return ReleaseUpload(standing)


def upload_archive(
    archive: Archive, ticket: UploadTicket, listener: ProgressListener, transport: httpx.BaseTransport | None = None
) -> None:
    """Send the archive to its place with the headers that the permission was signed for."""
    headers = {**ticket.headers, "Content-Length": str(archive.size_bytes)}
    host = httpx.URL(ticket.url).host
    try:
        with httpx.Client(timeout=UPLOAD_TIMEOUT, transport=transport, trust_env=host != "127.0.0.1") as client:
            response = client.request(ticket.method, ticket.url, headers=headers, content=_chunks(archive, listener))
    except httpx.TransportError as error:
        raise PlatformUnreachableError(f"the upload broke off ({error})", "publish again") from error
    if not response.is_success:
        said = " ".join(response.text.split())[:160]
        raise UploadRefusedError(f"the store refused the archive ({response.status_code}): {said}", "publish again")


def _chunks(archive: Archive, listener: ProgressListener) -> Iterator[bytes]:
    with archive.path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
            listener(len(chunk))
