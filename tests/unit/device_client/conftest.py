"""A device with a folder of its own and a platform that holds good and bad releases."""

from pathlib import Path
from typing import Any

import pytest

from lab.fleet_simulator.release_archives import build_archive
from tests.unit.device_client.device_life import DeviceLife
from tests.unit.device_client.platform_double import PlatformDouble

HEALTHY = "#!/bin/sh\nexit 0\n"
UNHEALTHY = "#!/bin/sh\necho looking\necho the service does not answer >&2\nexit 3\n"


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lives end by exceptions and kills here, which the page cache survives."""
    monkeypatch.setattr("os.fsync", lambda descriptor: None)


@pytest.fixture
def platform() -> PlatformDouble:
    return PlatformDouble()


@pytest.fixture
def publish(platform: PlatformDouble, tmp_path: Path):
    """Build a release and let the platform hold it."""

    def _publish(version: str, health_check: str = HEALTHY, **content: Any) -> None:
        archive = build_archive(version, tmp_path / "archives", health_check=health_check, **content)
        platform.publish(version, archive.path.read_bytes(), archive.sha256)

    return _publish


@pytest.fixture
def device(platform: PlatformDouble, tmp_path: Path) -> DeviceLife:
    root = tmp_path / "device"
    root.mkdir()
    return DeviceLife(root, platform)
