"""What the device loop needs from its surroundings, real or simulated."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ringtree_device.job import DeviceState
from ringtree_device.vitals import Vitals
from ringtree_device.work import Release

StepObserver = Callable[[str], None]
"""Told the name of each boundary between two steps that a crash could fall on."""


class InstallError(Exception):
    """The release cannot be installed on this device; trying again would not help."""


class NotEnoughSpaceError(Exception):
    """The disk is too full for the release now; the release is not to blame."""


class Clock(Protocol):
    """Time, and waiting for it."""

    def now(self) -> datetime:
        """The time of day, with its zone."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class VitalsSource(Protocol):
    """Measures the device."""

    @property
    def boot_id(self) -> str:
        """Another one after every start of the machine."""
        ...

    def sample(self) -> Vitals:
        """Measure now, without waiting."""
        ...


class StateStore(Protocol):
    """Keeps the state over crashes: after ``save`` returns, ``load`` gives that state, whatever happens."""

    def load(self) -> DeviceState:
        """The last saved state; an empty one on a new device."""
        ...

    def save(self, state: DeviceState) -> None:
        """Replace the state as a whole."""
        ...


class ArtifactFile(Protocol):
    """The archive of one release, as far as it has been downloaded; what is there stays over a crash."""

    @property
    def size_bytes(self) -> int:
        """Bytes that are there."""
        ...

    @property
    def etag(self) -> str | None:
        """The validator the bytes came with."""
        ...

    def restart(self, etag: str | None) -> None:
        """Forget the bytes; new ones come with this validator."""
        ...

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        ...

    def close(self) -> None:
        """Let go of what ``append`` holds open; more may be appended later."""
        ...

    async def sha256(self) -> str:
        """Digest of all bytes, lower-case hexadecimal."""
        ...


class SwitchKind(StrEnum):
    """Why the running release changes."""

    INSTALL = "install"
    REVERT = "revert"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True, slots=True)
class Switch:
    """One change of the running release; the deployment and the kind name it."""

    deployment_id: str
    kind: SwitchKind
    previous: str | None
    target: str | None
    """Version to run; none to run nothing."""


class Installer(Protocol):
    """Holds the releases of a device. Every method may be called again after a crash in the middle of it."""

    def running_release(self) -> str | None:
        """The version the device runs."""
        ...

    def has_release(self, release: Release) -> bool:
        """Whether the release is unpacked here, whole."""
        ...

    def check_space(self, release: Release) -> None:
        """Raise NotEnoughSpaceError when the release will not fit."""
        ...

    def artifact_file(self, release: Release) -> ArtifactFile:
        """Where the archive of the release is downloaded to."""
        ...

    async def unpack(self, release: Release) -> None:
        """Make ``has_release`` true from the downloaded archive. Raises InstallError, OSError."""
        ...

    async def prepare(self, release: Release, previous: str | None) -> None:
        """Run what the release wants run before the switch. Raises InstallError."""
        ...

    async def switch(self, switch: Switch) -> None:
        """Make the target the running release, at once or not at all, and log it exactly once."""
        ...

    async def health_problem(self, version: str, previous: str | None) -> str | None:
        """Run the release's health check; what is wrong, or none when it is healthy."""
        ...

    async def tidy(self, keep: frozenset[str]) -> None:
        """Remove downloads, unfinished folders and all releases but these and the running one."""
        ...
