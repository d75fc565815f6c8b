"""Installs releases in memory; downloads are real."""

from collections.abc import Callable

from ringtree_device.ports import Clock, InstallError, Switch
from ringtree_device.work import Release

from lab.fleet_simulator.archive_library import ArchiveLibrary, DownloadInMemory, SimulatedManifest
from lab.fleet_simulator.fleet_rules import FleetRules, place_of


class SimulatedInstaller:
    """An Installer that lives as long as its process: a killed simulated device finds it as it was."""

    def __init__(
        self,
        device_id: str,
        library: ArchiveLibrary,
        rules: FleetRules,
        clock: Clock,
        on_switch: Callable[[Switch], None],
    ) -> None:
        self._device_id = device_id
        self._library = library
        self._rules = rules
        self._clock = clock
        self._on_switch = on_switch
        self._releases: dict[str, tuple[Release, SimulatedManifest]] = {}
        self._downloads: dict[Release, DownloadInMemory] = {}
        self._running: str | None = None
        self.log: list[Switch] = []
        """Every completed switch, oldest first."""

    def running_release(self) -> str | None:
        """The version this device pretends to run."""
        return self._running

    def has_release(self, release: Release) -> bool:
        """Whether the release is installed here."""
        if release.version not in self._releases:
            return False
        return not release.has_archive or self._releases[release.version][0] == release

    def check_space(self, release: Release) -> None:
        """There is always room in memory."""

    def artifact_file(self, release: Release) -> DownloadInMemory:
        """Where the archive of the release is downloaded to."""
        if release not in self._downloads:
            corrupt = self._rules.corrupt_downloads(self._device_id, release.version)
            self._downloads[release] = DownloadInMemory(
                keep=not self._library.knows(release), corrupt_downloads=corrupt
            )
        return self._downloads[release]

    async def unpack(self, release: Release) -> None:
        """Read the manifest of the downloaded archive, or remember what another device has read."""
        if self.has_release(release):
            return
        manifest = self._library.manifest_of(release, self.artifact_file(release).content)
        if manifest.version != release.version:
            raise InstallError(f"the archive of release {release.version} says it is {manifest.version}")
        self._releases[release.version] = (release, manifest)

    async def prepare(self, release: Release, previous: str | None) -> None:  # noqa: ARG002 - the port's shape
        """Take the time a pre-install hook would."""
        await self._clock.sleep(self._rules.install_seconds(self._device_id, release.version))

    async def switch(self, switch: Switch) -> None:
        """Change the running release and log it."""
        if switch.target is not None and switch.target not in self._releases:
            raise InstallError(f"release {switch.target} is not on this device any more")
        self._running = switch.target
        if switch not in self.log:
            self.log.append(switch)
            self._on_switch(switch)

    async def health_problem(self, version: str, previous: str | None) -> str | None:  # noqa: ARG002 - the port's shape
        """Take the time of a health check and judge by the fleet's rules."""
        await self._clock.sleep(self._rules.install_seconds(self._device_id, version))
        return "health check exited with 1: simulated fault" if self._is_unhealthy(version) else None

    async def tidy(self, keep: frozenset[str]) -> None:
        """Forget downloads and old releases."""
        self._downloads.clear()
        for version in set(self._releases) - keep - {self._running}:
            del self._releases[version]

    def _is_unhealthy(self, version: str) -> bool:
        if self._rules.unhealthy is not None:
            return self._rules.unhealthy(self._device_id, version)
        _, manifest = self._releases[version]
        return place_of("unhealthy", version, self._device_id) < manifest.unhealthy_share
