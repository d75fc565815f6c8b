"""What simulated devices know of archives: each is parsed once, however many devices download it."""

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass

from ringtree_device.ports import InstallError
from ringtree_device.work import Release


@dataclass(frozen=True, slots=True)
class SimulatedManifest:
    """What a simulated device reads of ``ringtree.json``."""

    version: str
    unhealthy_share: float


class ArchiveLibrary:
    """Manifests of verified archives by their SHA-256, shared by a fleet."""

    def __init__(self) -> None:
        self._manifests: dict[str, SimulatedManifest] = {}

    def knows(self, release: Release) -> bool:
        """Whether the archive of the release has been parsed."""
        return release.sha256 in self._manifests

    def manifest_of(self, release: Release, archive: bytes) -> SimulatedManifest:
        """The manifest of a verified archive. Raises InstallError."""
        if release.sha256 not in self._manifests:
            self._manifests[release.sha256] = _manifest_in(archive)
        return self._manifests[release.sha256]


class DownloadInMemory:
    """An ArtifactFile that counts and digests what comes, and keeps it only if nobody has parsed it yet."""

    def __init__(self, *, keep: bool, corrupt_downloads: int) -> None:
        self._keep = keep
        self._corrupt_downloads = corrupt_downloads
        self._etag: str | None = None
        self._begin()

    def _begin(self) -> None:
        self._size_bytes, self._digest, self._kept = 0, hashlib.sha256(), bytearray()

    @property
    def content(self) -> bytes:
        """The archive, if it was kept."""
        return bytes(self._kept)

    @property
    def size_bytes(self) -> int:
        """Bytes that have come."""
        return self._size_bytes

    @property
    def etag(self) -> str | None:
        """The validator the bytes came with."""
        return self._etag

    def restart(self, etag: str | None) -> None:
        """Forget the bytes."""
        self._etag = etag
        self._begin()

    def append(self, chunk: bytes) -> None:
        """Take bytes; one of them is wrong while corrupt downloads are to be simulated."""
        if self._corrupt_downloads and self._size_bytes == 0:
            self._corrupt_downloads -= 1
            chunk = bytes([chunk[0] ^ 1]) + chunk[1:]
        self._size_bytes += len(chunk)
        self._digest.update(chunk)
        if self._keep:
            self._kept += chunk

    def close(self) -> None:
        """Nothing is held open."""

    async def sha256(self) -> str:
        """Digest of all that has come."""
        return self._digest.hexdigest()


def _manifest_in(archive: bytes) -> SimulatedManifest:
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            file = tar.extractfile("ringtree.json")
            fields = json.loads(file.read() if file else b"")
        return SimulatedManifest(fields["version"], float(fields.get("simulation", {}).get("unhealthy_share", 0.0)))
    except (tarfile.TarError, KeyError, ValueError, TypeError, OSError) as error:
        raise InstallError(f"the archive has no readable ringtree.json: {error}") from error
