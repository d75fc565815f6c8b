"""Archives and work lists in memory."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta

from lambdas.fleet.ports import SignedRequest, StoredArtifact
from lambdas.fleet.releases import Release


class InMemoryArtifactStore:
    """An ArtifactStore whose URLs lead nowhere: ``upload`` takes the place of the signed request."""

    def __init__(self) -> None:
        self.archives: dict[str, bytes] = {}
        self.lists: dict[str, list[bytes]] = {}

    def upload(self, release: Release, file_name: str, content: bytes) -> None:
        """Store an archive, whatever was declared."""
        self.archives[f"{release.version}/{file_name}"] = content

    def upload_request(self, release: Release, file_name: str, valid_for: timedelta) -> SignedRequest:
        """Make up a request."""
        url = f"memory://upload/{release.version}/{file_name}?seconds={valid_for.total_seconds():g}"
        return SignedRequest("PUT", url, {"content-length": str(release.size_bytes)})

    def download_url(self, release: Release, file_name: str, valid_for: timedelta) -> str:
        """Make up a URL."""
        return f"memory://download/{release.version}/{file_name}?seconds={valid_for.total_seconds():g}"

    def stored(self, release: Release, file_name: str) -> StoredArtifact | None:
        """Measure what was uploaded."""
        content = self.archives.get(f"{release.version}/{file_name}")
        return None if content is None else StoredArtifact(len(content), hashlib.sha256(content).hexdigest())

    def write_lines(self, key: str, lines: Iterable[bytes]) -> None:
        """Store a list."""
        self.lists[key] = list(lines)

    def read_lines(self, key: str) -> Iterator[bytes]:
        """Read a list."""
        return iter(self.lists[key])
