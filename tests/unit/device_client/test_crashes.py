"""A power cut between any two steps loses nothing and repeats no install."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.fleet_simulator.release_archives import build_archive
from tests.unit.device_client.conftest import HEALTHY, UNHEALTHY
from tests.unit.device_client.device_life import DeviceLife, PowerCutError
from tests.unit.device_client.platform_double import PlatformDouble

RELEASES = {"1.0.0": HEALTHY, "1.1.0": HEALTHY, "1.2.0": UNHEALTHY}
Story = Callable[[DeviceLife, PlatformDouble], None]


def good_release(device: DeviceLife, platform: PlatformDouble) -> None:
    platform.offer("x-1", "1.1.0")


def bad_release(device: DeviceLife, platform: PlatformDouble) -> None:
    platform.offer("x-2", "1.2.0")


def roll_back(device: DeviceLife, platform: PlatformDouble) -> None:
    platform.offer("x-1", "1.1.0")
    device.live_until_idle()
    platform.offer("x-1", "1.0.0", action="roll_back")


def roll_back_to_none(device: DeviceLife, platform: PlatformDouble) -> None:
    platform.offer("x-0", None, action="roll_back")


STORIES: dict[str, tuple[Story, str, str | None, list[tuple[str, str | None]]]] = {
    "good release": (good_release, "done", "1.1.0", [("x-1", "1.1.0")]),
    "bad release": (bad_release, "rolled_back", "1.0.0", [("x-2", "1.2.0"), ("x-2", "1.0.0")]),
    "roll back": (roll_back, "done", "1.0.0", [("x-1", "1.1.0"), ("x-1", "1.0.0")]),
    "roll back to none": (roll_back_to_none, "done", None, [("x-0", None)]),
}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the releases and a device that runs 1.0.0."""
    folder = tmp_path_factory.mktemp("standing")
    (folder / "device").mkdir()
    for version, health_check in RELEASES.items():
        build_archive(version, folder, health_check=health_check)
    platform = platform_of(folder)
    platform.offer("x-0", "1.0.0")
    DeviceLife(folder / "device", platform).live_until_idle()
    return folder


def platform_of(folder: Path) -> PlatformDouble:
    platform = PlatformDouble()
    for version in RELEASES:
        archive = (folder / f"ringtree-{version}.tar.gz").read_bytes()
        platform.publish(version, archive, hashlib.sha256(archive).hexdigest())
    return platform


def new_device(standing: Path, folder: Path) -> tuple[DeviceLife, PlatformDouble]:
    """A copy of the device that runs 1.0.0."""
    shutil.copytree(standing / "device", folder, symlinks=True)
    platform = platform_of(standing)
    return DeviceLife(folder, platform), platform


def steps_of(story: Story, standing: Path, folder: Path) -> list[str]:
    device, platform = new_device(standing, folder)
    story(device, platform)
    steps: list[str] = []
    device.live_until_idle(steps.append)
    return steps


def check_end(name: str, device: DeviceLife, platform: PlatformDouble) -> None:
    _, outcome, running, switches = STORIES[name]
    assert platform.progress[-1].state == outcome
    assert platform.progress[-1].running_release == running
    assert device.running_release == running
    lines = [json.loads(line) for line in (device.root / "installs.jsonl").read_text().splitlines()]
    assert [(line["deployment_id"], line["target"]) for line in lines[1:]] == switches
    assert not any(".partial-" in folder for folder in device.release_folders)
    assert device.state.job is None


@pytest.mark.parametrize("name", STORIES)
def test_a_power_cut_at_any_one_step_changes_nothing_in_the_end(name, standing, tmp_path):
    story = STORIES[name][0]
    steps = steps_of(story, standing, tmp_path / "whole")
    assert len(steps) >= 12

    for fatal in range(len(steps)):
        device, platform = new_device(standing, tmp_path / f"cut-{fatal}")
        story(device, platform)
        with pytest.raises((PowerCutError, BaseExceptionGroup)):
            device.live_until_idle(_cut_at(fatal))
        device.live_until_idle()

        check_end(name, device, platform)


@pytest.mark.parametrize("name", STORIES)
def test_a_power_cut_at_every_step_in_turn_changes_nothing_in_the_end(name, standing, tmp_path):
    device, platform = new_device(standing, tmp_path / "device")
    STORIES[name][0](device, platform)
    met = set()

    def cut_at_new_steps(step: str) -> None:
        if step not in met:
            met.add(step)
            raise PowerCutError(step)

    for _ in range(60):
        try:
            device.live_until_idle(cut_at_new_steps)
        except (PowerCutError, BaseExceptionGroup):
            continue
        break

    assert len(met) >= 8
    check_end(name, device, platform)


def test_a_torn_line_of_the_install_log_is_dropped(standing, tmp_path):
    device, platform = new_device(standing, tmp_path / "device")
    log = device.root / "installs.jsonl"
    log.write_text(f'{log.read_text()}{{"at": "2026-')
    good_release(device, platform)

    device.live_until_idle()

    check_end("good release", device, platform)


def test_a_broken_state_file_is_set_aside_and_the_work_begins_again(standing, tmp_path):
    device, platform = new_device(standing, tmp_path / "device")
    (device.root / "state.json").write_text('{"job": ')
    good_release(device, platform)

    device.live_until_idle()

    check_end("good release", device, platform)
    assert (device.root / "state.json.unreadable").exists()


def _cut_at(fatal: int) -> Callable[[str], None]:
    count = iter(range(10_000))

    def on_step(step: str) -> None:
        if next(count) == fatal:
            raise PowerCutError(step)

    return on_step
