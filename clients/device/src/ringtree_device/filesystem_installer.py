"""Installs releases into folders of this machine."""

import asyncio
import shutil
from pathlib import Path

from ringtree_device.archive import ArchiveError, UnpackLimits, unpack_archive
from ringtree_device.artifact_on_disk import ArtifactOnDisk
from ringtree_device.hook_record import HookRecord
from ringtree_device.hooks import run_hook
from ringtree_device.install_log import InstallLog
from ringtree_device.manifest import Hook, load_manifest
from ringtree_device.ports import Clock, InstallError, NotEnoughSpaceError, StepObserver, Switch
from ringtree_device.release_folders import ReleaseFolders
from ringtree_device.work import Release

SPARE_BYTES = 64 * 1024**2
"""Left free for everyone else on the disk."""


class FileSystemInstaller:
    """An Installer on disk. File work runs in a thread, so that heartbeats go on."""

    def __init__(
        self, root: Path, device_id: str, clock: Clock, on_step: StepObserver, limits: UnpackLimits = UnpackLimits()
    ) -> None:
        self._root = root
        self._device_id = device_id
        self._clock = clock
        self._on_step = on_step
        self._limits = limits
        self._folders = ReleaseFolders(root, on_step)
        self._log = InstallLog(root)
        self._hook_record = HookRecord(root)
        self._hook_record.end_orphan()

    def running_release(self) -> str | None:
        """The version ``current`` links to."""
        return self._folders.running_release()

    def has_release(self, release: Release) -> bool:
        """Whether this very release is unpacked here."""
        return self._folders.has_release(release)

    def check_space(self, release: Release) -> None:
        """Raise NotEnoughSpaceError unless the rest of the archive and its content, at least as large, will fit."""
        to_come = release.size_bytes - self.artifact_file(release).size_bytes
        needed, free = to_come + release.size_bytes + SPARE_BYTES, shutil.disk_usage(self._root).free
        if free < needed:
            raise NotEnoughSpaceError(
                f"release {release.version} needs {needed} bytes of disk under {self._root}, {free} are free"
            )

    def artifact_file(self, release: Release) -> ArtifactOnDisk:
        """The archive of the release in the downloads folder."""
        return ArtifactOnDisk(self._folders.downloads, release)

    async def unpack(self, release: Release) -> None:
        """Unpack the downloaded archive, check its manifest, and only then give it the release's name."""
        if not self.has_release(release):
            await asyncio.to_thread(self._unpack, release)

    async def prepare(self, release: Release, previous: str | None) -> None:
        """Run the release's pre-install hook, if it has one."""
        hook = load_manifest(self._folders.folder_of(release.version)).pre_install
        problem = await self._problem_of(hook, release.version, previous)
        if problem:
            raise InstallError(f"pre-install hook {problem}")

    async def switch(self, switch: Switch) -> None:
        """Change the ``current`` link and log it; after a crash, do what of it is still to be done."""
        if switch.target is not None and not self._folders.folder_of(switch.target).is_dir():
            raise InstallError(f"release {switch.target} is not on this disk any more")
        if self.running_release() != switch.target:
            self._folders.link_current(switch.target)
        self._on_step("switched, not yet logged")
        self._log.record(switch, self._clock.now())

    async def health_problem(self, version: str, previous: str | None) -> str | None:
        """Run the release's health check; one without a health check is healthy when it is there."""
        hook = load_manifest(self._folders.folder_of(version)).health_check
        problem = await self._problem_of(hook, version, previous)
        return f"health check {problem}" if problem else None

    async def tidy(self, keep: frozenset[str]) -> None:
        """Remove what is not needed any more."""
        await asyncio.to_thread(self._folders.remove_all_but, keep)

    def _unpack(self, release: Release) -> None:
        self._folders.remove_unfinished()
        unfinished = self._folders.new_unfinished(release)
        self._on_step("unpacking")
        unpack_archive(self.artifact_file(release).path, unfinished, self._limits)
        version = load_manifest(unfinished).version
        if version != release.version:
            raise ArchiveError(f"the archive of release {release.version} says it is {version}")
        self._folders.finish(unfinished, release)

    async def _problem_of(self, hook: Hook | None, version: str, previous: str | None) -> str | None:
        if hook is None:
            return None
        variables = {
            "RINGTREE_DEVICE_ID": self._device_id,
            "RINGTREE_RELEASE": version,
            "RINGTREE_PREVIOUS_RELEASE": previous or "",
        }
        result = await run_hook(hook, self._folders.folder_of(version), variables, self._hook_record)
        return result.problem
