"""The archive of a release in a file, kept until it is whole."""

import asyncio
import hashlib
from pathlib import Path
from typing import BinaryIO

from ringtree_device.durable_files import write_durably
from ringtree_device.work import Release


class ArtifactOnDisk:
    """An ArtifactFile in the downloads folder; named by version and digest, so another archive never continues it."""

    def __init__(self, downloads: Path, release: Release) -> None:
        self.path = downloads / f"{release.version}-{release.sha256[:16]}.tar.gz"
        self._etag_path = self.path.with_name(f"{self.path.name}.etag")
        self._file: BinaryIO | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes that are there, written or about to be."""
        if self._file is not None:
            return self._file.tell()
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def etag(self) -> str | None:
        """The validator the bytes came with."""
        return self._etag_path.read_text() if self._etag_path.exists() else None

    def restart(self, etag: str | None) -> None:
        """Forget the bytes; new ones come with this validator."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._etag_path.unlink(missing_ok=True)
        if etag is not None:
            write_durably(self._etag_path, etag.encode())

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        if self._file is None:
            self._file = self.path.open("ab")
        self._file.write(chunk)

    def close(self) -> None:
        """Let go of the open file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    async def sha256(self) -> str:
        """Digest of the file, read back from disk."""
        self.close()
        return await asyncio.to_thread(self._digest)

    def _digest(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
