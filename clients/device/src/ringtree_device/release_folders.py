"""The folders of a device: one per release, and the link that says which one runs.

<root>/releases/<version>/     whole, verified releases; only ever appear by a rename
<root>/current                 link to the running one; only ever changes by a rename
<root>/downloads/              archives on their way
"""

import shutil
from pathlib import Path
from uuid import uuid4

from ringtree_device.durable_files import sync_folder, sync_tree, write_durably
from ringtree_device.ports import InstallError, StepObserver
from ringtree_device.work import UNFINISHED, Release

DIGEST_FILE = ".ringtree-sha256"


class ReleaseFolders:
    """The folders below one root."""

    def __init__(self, root: Path, on_step: StepObserver) -> None:
        self._root = root
        self._releases = root / "releases"
        self.downloads = root / "downloads"
        self._current = root / "current"
        self._on_step = on_step
        for folder in (self._releases, self.downloads):
            folder.mkdir(exist_ok=True)

    def folder_of(self, version: str) -> Path:
        """Where a release is, or will be."""
        return self._releases / version

    def running_release(self) -> str | None:
        """The version ``current`` links to."""
        try:
            return self._current.readlink().name
        except FileNotFoundError:
            return None

    def has_release(self, release: Release) -> bool:
        """Whether this very release is unpacked here; one without an archive is known by its version alone."""
        marker = self.folder_of(release.version) / DIGEST_FILE
        return marker.exists() and (not release.has_archive or marker.read_text() == release.sha256)

    def new_unfinished(self, release: Release) -> Path:
        """An empty folder to unpack into."""
        folder = self._releases / f"{release.version}{UNFINISHED}{uuid4().hex[:8]}"
        folder.mkdir()
        return folder

    def finish(self, unfinished: Path, release: Release) -> None:
        """Make an unpacked folder the release's folder, at once. Another archive of the same version makes way."""
        folder = self.folder_of(release.version)
        if folder.exists():
            if self.running_release() == release.version:
                raise InstallError(f"release {release.version} runs here with another SHA-256; versions are not reused")
            self._remove(folder)
        write_durably(unfinished / DIGEST_FILE, release.sha256.encode(), mode=0o644)
        sync_tree(unfinished)
        self._on_step("unpacked, not yet renamed")
        unfinished.rename(folder)
        self._on_step("renamed, not yet on disk")
        sync_folder(self._releases)

    def link_current(self, version: str | None) -> None:
        """Let ``current`` name another release, or none, at once."""
        if version is None:
            self._current.unlink(missing_ok=True)
        else:
            unfinished = self._root / "current.new"
            unfinished.unlink(missing_ok=True)
            unfinished.symlink_to(Path("releases", version))
            self._on_step("link made, not yet in place")
            unfinished.replace(self._current)
        self._on_step("link in place, not yet on disk")
        sync_folder(self._root)

    def remove_all_but(self, keep: frozenset[str]) -> None:
        """Remove downloads, unfinished folders, and the releases that neither run nor are kept."""
        running = self.running_release()
        for folder in self._releases.iterdir():
            if folder.name != running and folder.name not in keep:
                self._remove(folder)
        for file in self.downloads.iterdir():
            file.unlink()

    def remove_unfinished(self) -> None:
        """Remove what a crash left half unpacked."""
        for folder in self._releases.glob(f"*{UNFINISHED}*"):
            shutil.rmtree(folder)

    def _remove(self, folder: Path) -> None:
        """Take away the name first: a crash half-way must not leave half a release under it."""
        if UNFINISHED not in folder.name:
            folder = folder.rename(self._releases / f"{folder.name}{UNFINISHED}{uuid4().hex[:8]}")
        shutil.rmtree(folder)
