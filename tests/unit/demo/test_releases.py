"""The releases of the demo are real archives; the defect of the bad one is the same for real and simulated devices."""

import os
import subprocess
from pathlib import Path

import pytest
from ringtree_device.archive import UnpackLimits, unpack_archive

from lab.demo.releases import (
    BAD_RELEASE,
    CONTENT,
    DEFECTIVE_CHECK,
    GOOD_RELEASE,
    HEALTHY_CHECK,
    PRE_INSTALL,
    UNHEALTHY_SHARE,
)
from lab.demo.simulated_fleet import CANARY, CANARY_AT_LEAST, fleet_requests
from lab.demo.this_machine import DEVICE_ID
from lab.fleet_simulator.fleet_rules import place_of
from lab.fleet_simulator.release_archives import build_archive
from lambdas.fleet.rings import DEFAULT_RINGS, assign_ring


def unpack(version: str, health_check: str, folder: Path) -> Path:
    archive = build_archive(version, folder, files=CONTENT, pre_install=PRE_INSTALL, health_check=health_check)
    unpacked = folder / version
    unpacked.mkdir()
    unpack_archive(archive.path, unpacked, UnpackLimits())
    return unpacked


def run_hook(folder: Path, hook: str, version: str, device_id: str = "d-1") -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "RINGTREE_DEVICE_ID": device_id, "RINGTREE_RELEASE": version}
    return subprocess.run([f"hooks/{hook}"], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_good_release_is_healthy_where_it_is_whole_and_nowhere_else(tmp_path: Path):
    folder = unpack(GOOD_RELEASE, HEALTHY_CHECK, tmp_path)
    assert run_hook(folder, "pre-install", GOOD_RELEASE).returncode == 0
    assert run_hook(folder, "health-check", GOOD_RELEASE).returncode == 0

    (folder / "VERSION").write_text("1.0.0\n")
    assert "VERSION says 1.0.0" in run_hook(folder, "health-check", GOOD_RELEASE).stdout


def test_the_defect_hits_real_devices_by_the_rule_of_the_simulated_ones(tmp_path: Path):
    folder = unpack(BAD_RELEASE, DEFECTIVE_CHECK, tmp_path)
    for device_id in (DEVICE_ID, *(f"sim-{number:04}" for number in range(1, 12))):
        is_hit = place_of("unhealthy", BAD_RELEASE, device_id) < UNHEALTHY_SHARE
        assert run_hook(folder, "health-check", BAD_RELEASE, device_id).returncode == int(is_hit), device_id


@pytest.mark.parametrize("devices", [12, 60, 500])
def test_the_defect_shows_in_the_first_ring_of_any_fleet(devices: int):
    requests = fleet_requests(devices)
    first = [one.device_id for one in requests if (one.ring or assign_ring(one.device_id, DEFAULT_RINGS)) == CANARY]
    hit = [device_id for device_id in first if place_of("unhealthy", BAD_RELEASE, device_id) < UNHEALTHY_SHARE]

    assert len(first) >= CANARY_AT_LEAST
    assert len(hit) / len(first) > 0.3
