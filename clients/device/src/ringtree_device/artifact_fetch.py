"""Downloads the archive of a release: resumed where it stopped, and only ever whole and right."""

import logging
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import httpx

from ringtree_device.backoff import Patience
from ringtree_device.device_api import ArtifactSource, DeviceApi
from ringtree_device.platform_errors import RequestRefusedError
from ringtree_device.platform_request import TIMEOUTS
from ringtree_device.ports import ArtifactFile, InstallError
from ringtree_device.work import Release

logger = logging.getLogger(__name__)

CORRUPT_DOWNLOADS = 3
FRUITLESS_ATTEMPTS = 8
"""Attempts in a row that brought no byte, after which the download has failed."""
CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
REFUSED_URL = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""S3 answers 403 to an expired URL and 400 to one whose signer's credentials have expired."""


class DownloadFailedError(InstallError):
    """The archive cannot be had."""


class CorruptDownloadError(Exception):
    """These bytes are not the archive."""


class DownloadInterruptedError(Exception):
    """The download broke off; what has come stays."""


class UrlRefusedError(Exception):
    """The URL does not work, or not any more; a new one may."""


class ArtifactFetch:
    """Fetches archives by URLs that the platform gives; the URL's host never sees the device token."""

    def __init__(self, api: DeviceApi, http: httpx.AsyncClient, patience: Patience) -> None:
        self._api = api
        self._http = http
        self._patience = patience

    async def fetch(self, release: Release, file: ArtifactFile, on_corrupt: Callable[[str], Awaitable[None]]) -> None:
        """Fill the file with the archive. ``on_corrupt`` is told of every download that is refused and repeated.

        Raises DownloadFailedError when the budget of corrupt downloads or of fruitless attempts is spent.
        """
        source: ArtifactSource | None = None
        corrupt = fruitless = 0
        while True:
            before = file.size_bytes
            try:
                source = source or await self._source_of(release)
                await self._stream(source.url, release, file)
                await _check(release, file)
            except CorruptDownloadError as problem:
                file.restart(None)
                corrupt += 1
                finding = f"download {corrupt} of {CORRUPT_DOWNLOADS} refused: {problem}"
                if corrupt == CORRUPT_DOWNLOADS:
                    raise DownloadFailedError(finding) from problem
                await on_corrupt(finding)
                await self._patience.wait(corrupt)
            except (DownloadInterruptedError, UrlRefusedError) as problem:
                source = None if isinstance(problem, UrlRefusedError) else source
                fruitless = 1 if file.size_bytes > before else fruitless + 1
                logger.warning("download of release %s: %s; trying again", release.version, problem)
                if fruitless == FRUITLESS_ATTEMPTS:
                    raise DownloadFailedError(f"download failed {fruitless} times in a row: {problem}") from problem
                await self._patience.wait(fruitless)
            else:
                return
            finally:
                file.close()

    async def _source_of(self, release: Release) -> ArtifactSource:
        try:
            source = await self._patience.until_answered(lambda: self._api.artifact_source(release.version))
        except RequestRefusedError as error:
            raise DownloadFailedError(f"no archive of release {release.version}: {error}") from error
        if source.release != release:
            raise DownloadFailedError(
                f"the archive on offer is {source.release.size_bytes} bytes with SHA-256 {source.release.sha256}, "
                f"the deployment says {release.size_bytes} bytes with SHA-256 {release.sha256}"
            )
        return source

    async def _stream(self, url: str, release: Release, file: ArtifactFile) -> None:
        if file.size_bytes == release.size_bytes:
            return  # a crash came between the last byte and the check
        headers = {"Accept-Encoding": "identity", **_range_headers(file)}
        try:
            async with self._http.stream("GET", url, headers=headers, timeout=TIMEOUTS) as response:
                _begin(response, release, file)
                async for chunk in response.aiter_raw():
                    if file.size_bytes + len(chunk) > release.size_bytes:
                        raise CorruptDownloadError(f"more came than the declared {release.size_bytes} bytes")
                    file.append(chunk)
        except httpx.TransportError as error:
            raise DownloadInterruptedError(
                f"broke off at {file.size_bytes} of {release.size_bytes} bytes: {str(error) or type(error).__name__}"
            ) from error


def _range_headers(file: ArtifactFile) -> dict[str, str]:
    if file.size_bytes == 0:
        return {}
    validator = {"If-Range": file.etag} if file.etag else {}
    return {"Range": f"bytes={file.size_bytes}-", **validator}


def _begin(response: httpx.Response, release: Release, file: ArtifactFile) -> None:
    """Decide by the head of the answer whether its body goes on where the file ends, begins anew, or is no use."""
    status = response.status_code
    if status in REFUSED_URL:
        raise UrlRefusedError(f"the URL was refused with {status}")
    if status == HTTPStatus.PARTIAL_CONTENT:
        start, total = _content_range(response)
        if start != file.size_bytes or total != release.size_bytes:
            raise CorruptDownloadError(
                f"bytes from {start} of {total} came, from {file.size_bytes} of {release.size_bytes} were asked for"
            )
        return
    if status != HTTPStatus.OK:
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            file.restart(None)
        raise DownloadInterruptedError(f"answered {status}")
    length = response.headers.get("Content-Length")
    if length is not None and length != str(release.size_bytes):
        raise CorruptDownloadError(f"{length} bytes on offer, {release.size_bytes} declared")
    file.restart(response.headers.get("ETag"))


def _content_range(response: httpx.Response) -> tuple[int, int]:
    header = response.headers.get("Content-Range", "")
    found = CONTENT_RANGE.fullmatch(header)
    if found is None:
        raise CorruptDownloadError(f"a part came with Content-Range {header!r}")
    return int(found[1]), int(found[2])


async def _check(release: Release, file: ArtifactFile) -> None:
    file.close()
    if file.size_bytes != release.size_bytes:
        raise CorruptDownloadError(f"{file.size_bytes} bytes came, {release.size_bytes} declared")
    digest = await file.sha256()
    if digest != release.sha256:
        raise CorruptDownloadError(f"SHA-256 is {digest}, {release.sha256} declared")
