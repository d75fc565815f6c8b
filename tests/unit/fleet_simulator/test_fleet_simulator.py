"""A simulated fleet against a platform on loopback."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ringtree_device.platform_errors import TokenRefusedError

from lab.fleet_simulator.fleet_rules import FleetRules, share_of_devices
from lab.fleet_simulator.fleet_simulator import FleetPlan, FleetSimulator, simulated_requests
from lab.fleet_simulator.release_archives import build_archive
from tests.unit.device_client.platform_server import PlatformServer
from tests.unit.fleet_simulator.fleet_double import FleetDouble

DEVICES = 20


@pytest.fixture
def server(platform: FleetDouble) -> Iterator[PlatformServer]:
    with PlatformServer(platform).serving() as server:
        yield server


@pytest.fixture
def platform(tmp_path: Path) -> FleetDouble:
    platform = FleetDouble()
    for version, share in (("1.1.0", None), ("1.2.0", 0.4)):
        archive = build_archive(version, tmp_path, unhealthy_share=share)
        platform.publish(version, archive.path.read_bytes(), archive.sha256)
    return platform


def plan(server: PlatformServer, rules: FleetRules | None = None) -> FleetPlan:
    return FleetPlan(
        url=server.url,
        enrolment_token="enrol-me",
        requests=simulated_requests(DEVICES),
        rules=rules or FleetRules(install_seconds=lambda device_id, version: 0.01),
        connections=4,
        starts_within_seconds=0.1,
    )


def simulate(fleet_plan: FleetPlan, story: Callable[[FleetSimulator], Awaitable[None]]) -> None:
    async def run() -> None:
        async with FleetSimulator(fleet_plan) as fleet:
            await story(fleet)

    asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def test_every_simulated_device_downloads_installs_and_confirms_a_release_once(server, platform):
    async def story(fleet: FleetSimulator) -> None:
        platform.offer_to_all("x-1", "1.1.0")
        await until(lambda: len(platform.outcomes_of("x-1")) == DEVICES)
        await until(lambda: fleet.statistics().states == {"idle": DEVICES})

        statistics = fleet.statistics()
        assert statistics.running_releases == {"1.1.0": DEVICES}
        assert statistics.outcomes == {"x-1 install done": DEVICES}
        assert all(counts == {"1.1.0": 1} for counts in fleet.install_counts().values())
        assert statistics.most_installs_of_one_release == 1
        assert (statistics.crashed, statistics.unreachable) == (0, 0)

    simulate(plan(server), story)
    assert platform.downloads == DEVICES


def test_the_manifest_decides_which_share_finds_a_release_unhealthy(server, platform):
    async def story(fleet: FleetSimulator) -> None:
        platform.offer_to_all("x-2", "1.2.0")
        await until(lambda: len(platform.outcomes_of("x-2")) == DEVICES)

    simulate(plan(server), story)

    outcomes = list(platform.outcomes_of("x-2").values())
    assert set(outcomes) == {"done", "rolled_back"}
    assert 4 <= outcomes.count("rolled_back") <= 12


def test_devices_that_fall_silent_are_not_heard_after_the_switch(server, platform):
    rules = FleetRules(
        falls_silent=share_of_devices(0.3, "1.1.0", "silent"), install_seconds=lambda device_id, version: 0.01
    )

    async def story(fleet: FleetSimulator) -> None:
        platform.offer_to_all("x-1", "1.1.0")
        await until(lambda: fleet.statistics().states.keys() == {"idle", "silent"})
        silent = [device for device in fleet.devices if device.is_silent]
        assert 1 <= len(silent) <= 12
        assert all(platform.devices[device.device_id].outcome_of("x-1") is None for device in silent)
        assert all(device.installer.running_release() == "1.1.0" for device in silent)

    simulate(plan(server, rules), story)


def test_corrupt_downloads_are_refused_and_repeated(server, platform):
    rules = FleetRules(
        corrupt_downloads=lambda device_id, version: 1 if device_id == "sim-0001" else 0,
        install_seconds=lambda device_id, version: 0.01,
    )

    async def story(fleet: FleetSimulator) -> None:
        platform.offer_to_all("x-1", "1.1.0")
        await until(lambda: len(platform.outcomes_of("x-1")) == DEVICES)

    simulate(plan(server, rules), story)

    assert set(platform.outcomes_of("x-1").values()) == {"done"}
    reasons = [progress.reason for progress in platform.devices["sim-0001"].progress]
    assert any("download 1 of 3 refused" in reason for reason in reasons)
    assert platform.downloads == DEVICES + 1


def test_a_killed_device_goes_on_after_its_restart_and_installs_once(server, platform):
    rules = FleetRules(install_seconds=lambda device_id, version: 0.3)

    async def story(fleet: FleetSimulator) -> None:
        killed = fleet.devices[0]
        platform.offer_to_all("x-1", "1.1.0")
        await until(lambda: killed.state == "verifying")
        await fleet.kill(killed.device_id)
        assert killed.state == "stopped"
        fleet.restart(killed.device_id)
        await until(lambda: len(platform.outcomes_of("x-1")) == DEVICES)
        assert fleet.install_counts()[killed.device_id] == {"1.1.0": 1}

    simulate(plan(server, rules), story)


def test_a_refused_enrolment_token_stops_the_simulator_at_once(server, platform):
    async def story(fleet: FleetSimulator) -> None:
        raise AssertionError("the fleet must not start")

    with pytest.raises(TokenRefusedError, match="the enrolment token is not valid"):
        simulate(replace(plan(server), enrolment_token="wrong"), story)


def test_the_same_seed_gives_the_same_fleet():
    assert simulated_requests(5, seed=1) == simulated_requests(5, seed=1)
    assert simulated_requests(5, seed=1) != simulated_requests(5, seed=2)
