"""Unpacks the archive of a release so that nothing lands, or points, outside its folder."""

import sys
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ringtree_device.ports import InstallError


class ArchiveError(InstallError):
    """The archive is broken, or holds what must not be unpacked."""


@dataclass(frozen=True, slots=True)
class UnpackLimits:
    """How much an archive may unpack to; a small download must not fill the disk."""

    total_bytes: int = 20 * 1024**3
    members: int = 200_000


def unpack_archive(archive: Path, folder: Path, limits: UnpackLimits) -> None:
    """Unpack a ``.tar.gz`` into an empty folder. Raises ArchiveError; what is half unpacked is the caller's to remove.

    tarfile's ``data`` filter (PEP 706) refuses absolute names, ways out of the folder, devices and pipes, and drops
    set-uid bits. Beyond it, no member may lie behind a symbolic link of the same archive.
    """
    if not hasattr(tarfile, "data_filter"):
        raise ArchiveError(f"Python {sys.version.split()[0]} cannot unpack safely; update it to 3.11.4 or newer")
    try:
        with tarfile.open(archive, "r:gz") as tar:
            _unpack_members(tar, folder, limits)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's trouble, not the archive's
        raise ArchiveError(f"the archive cannot be unpacked: {error}") from error


def _unpack_members(tar: tarfile.TarFile, folder: Path, limits: UnpackLimits) -> None:
    links: set[PurePosixPath] = set()
    unpacked_bytes = 0
    for number, member in enumerate(tar, start=1):
        unpacked_bytes += member.size
        if number > limits.members or unpacked_bytes > limits.total_bytes:
            raise ArchiveError(f"the archive unpacks to more than {limits.total_bytes} bytes or {limits.members} files")
        path = PurePosixPath(member.name)
        if not links.isdisjoint(path.parents) or path in links:
            raise ArchiveError(f"{member.name} lies behind a symbolic link of the archive")
        if member.issym():
            links.add(path)
        tar.extract(member, folder, filter="data")
