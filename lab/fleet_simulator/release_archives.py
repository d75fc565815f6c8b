"""Builds archives of releases: the same content gives the same bytes, so digests can be compared."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXED_TIME = 1_700_000_000
"""Modification time of everything in an archive; a true one would change the digest."""
HOOK_TIMEOUT_SECONDS = 30.0
SCRIPT_MODE = 0o755
FILE_MODE = 0o644


@dataclass(frozen=True, slots=True)
class ReleaseArchive:
    """An archive on disk, described as the platform wants it declared."""

    path: Path
    size_bytes: int
    sha256: str


def build_archive(
    version: str,
    out: Path,
    *,
    files: Mapping[str, bytes] | None = None,
    health_check: str | None = None,
    pre_install: str | None = None,
    unhealthy_share: float | None = None,
    hook_timeout_seconds: float = HOOK_TIMEOUT_SECONDS,
) -> ReleaseArchive:
    """Write ``ringtree-<version>.tar.gz`` into the folder ``out``.

    ``health_check`` and ``pre_install`` are texts of scripts that start with ``#!``. ``unhealthy_share`` (0..1) tells
    simulated devices, which run no scripts, how many of them are to find the release unhealthy.
    """
    manifest: dict[str, Any] = {"version": version}
    content: dict[str, tuple[bytes, int]] = {"VERSION": (f"{version}\n".encode(), FILE_MODE)}
    content |= {name: (data, FILE_MODE) for name, data in (files or {}).items()}
    for hook, script in (("pre_install", pre_install), ("health_check", health_check)):
        if script is not None:
            path = f"hooks/{hook.replace('_', '-')}"
            content[path] = (script.encode(), SCRIPT_MODE)
            manifest |= {hook: [f"./{path}"], f"{hook}_timeout_seconds": hook_timeout_seconds}
    if unhealthy_share is not None:
        manifest["simulation"] = {"unhealthy_share": unhealthy_share}
    content["ringtree.json"] = (json.dumps(manifest, indent=2).encode(), FILE_MODE)
    return _write(out / f"ringtree-{version}.tar.gz", _packed(content))


def _packed(content: Mapping[str, tuple[bytes, int]]) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, filename="") as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, (data, mode) in sorted(content.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(data), mode, FIXED_TIME
            tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def _write(path: Path, packed: bytes) -> ReleaseArchive:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed)
    return ReleaseArchive(path, len(packed), hashlib.sha256(packed).hexdigest())
