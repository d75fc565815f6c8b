"""``ringtree.json``: what a release wants done around its install."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringtree_device.ports import InstallError

FILE_NAME = "ringtree.json"
LARGEST_BYTES = 64 * 1024
DEFAULT_TIMEOUT_SECONDS = 60.0
LONGEST_TIMEOUT_SECONDS = 3600.0


class ManifestError(InstallError):
    """The manifest is missing or wrong; the release has to be built anew."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A command of the release, started in its folder."""

    command: tuple[str, ...]
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """The version an archive claims to be, and its hooks."""

    version: str
    pre_install: Hook | None
    health_check: Hook | None


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest of an unpacked release. Raises ManifestError."""
    path = folder / FILE_NAME
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ManifestError(f"{FILE_NAME} is larger than {LARGEST_BYTES} bytes")
        return read_manifest(path.read_bytes())
    except FileNotFoundError as error:
        raise ManifestError(f"the archive has no {FILE_NAME} at its root") from error


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest. Raises ManifestError naming the field that is wrong."""
    try:
        fields = json.loads(content)
    except ValueError as error:
        raise ManifestError(f"{FILE_NAME} is not JSON: {error}") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("version"), str):
        raise ManifestError(f"{FILE_NAME} is not an object with a version")
    return Manifest(fields["version"], _hook(fields, "pre_install"), _hook(fields, "health_check"))


def _hook(fields: dict[str, Any], name: str) -> Hook | None:
    command = fields.get(name)
    if not command and command != "":
        return None
    if not isinstance(command, list) or not all(isinstance(word, str) for word in command):
        raise ManifestError(f"{name} of {FILE_NAME} is {command!r}, not a list of the command's words")
    timeout = fields.get(f"{name}_timeout_seconds", DEFAULT_TIMEOUT_SECONDS)
    if not isinstance(timeout, int | float) or not 0 < timeout <= LONGEST_TIMEOUT_SECONDS:
        raise ManifestError(
            f"{name}_timeout_seconds of {FILE_NAME} is {timeout!r}, "
            f"not a number above 0 and up to {LONGEST_TIMEOUT_SECONDS:.0f}"
        )
    return Hook(tuple(command), float(timeout))
