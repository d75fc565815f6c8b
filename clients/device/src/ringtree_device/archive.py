"""Unpacks the archive of a release so that nothing lands, or points, outside its folder."""

import copy
import os
import posixpath
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
    set-uid bits. Pythons before 3.11.4 lack it and get a narrower rule: plain files, folders and links that stay
    inside. On both, no member may lie behind a symbolic link of the same archive.
    """
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
        if hasattr(tarfile, "data_filter"):
            tar.extract(member, folder, filter="data")
        else:
            tar.extract(_plain(member), folder)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Take a member as the ``data`` filter would, but refuse hard links; raises ArchiveError."""
    if not (member.isreg() or member.isdir() or member.issym()):
        raise ArchiveError(f"{member.name} is neither a file nor a folder nor a symbolic link")
    target = posixpath.join(posixpath.dirname(member.name), member.linkname) if member.issym() else member.name
    for name in (member.name, target):
        if _leaves_folder(name):
            raise ArchiveError(f"{member.name} leads out of the folder, to {name}")
    plain = copy.copy(member)
    plain.mode = member.mode & 0o755 | 0o600
    plain.uid, plain.gid, plain.uname, plain.gname = os.getuid(), os.getgid(), "", ""
    return plain


def _leaves_folder(name: str) -> bool:
    return posixpath.isabs(name) or posixpath.normpath(name).split("/", 1)[0] == ".."
