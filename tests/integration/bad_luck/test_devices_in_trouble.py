"""Corrupt downloads, devices that fall silent, and a client that is killed: all at once, each in a ring of its own."""

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from lab.fleet_simulator.fleet_rules import FleetRules
from tests.integration.bad_luck.conftest import DeviceMaker, FleetMaker
from tests.live_system.live_fleet import LiveFleet
from tests.live_system.operations import Operations
from tests.live_system.patience import eventually
from tests.live_system.real_device import RealDevice

if TYPE_CHECKING:
    from tests.conftest import Ringtree

BATCH_TIMEOUT_SECONDS = 10
BALLAST = hashlib.shake_256(b"ballast").digest(300_000)
HANGS_ONCE = '#!/bin/sh\necho began >>{0}\nif [ "$(wc -l <{0})" = 1 ]; then sleep 60; fi\n'


@dataclass(frozen=True, slots=True)
class Troubles:
    """The fleet, and the deployments that are under way in it."""

    fleet: LiveFleet
    release: str
    corrupt: str
    """Deployment to three devices: downloads of one come corrupt once, those of another always."""
    silent: str
    """Deployment to three devices, two of which are not heard any more once they have switched."""
    altered: str
    """Deployment of a release whose archive was exchanged in the store after it was checked."""
    bitten: RealDevice
    """The real device that this one is for."""
    killed: str
    """Deployment to the real device that is killed again and again."""
    victim: RealDevice


@pytest.fixture(scope="module")
def troubles(
    ringtree: "Ringtree", operations: Operations, make_fleet: FleetMaker, make_device: DeviceMaker, living: ExitStack
) -> Troubles:
    """Everything is started here and waited for in the tests, so that the troubles happen at the same time."""
    names = operations.names
    corrupt, silent, altered, killed = operations.make_rings("corrupt", "silent", "altered", "killed")
    corrupt_downloads = {names.device("corrupt-once"): 1, names.device("corrupt-always"): 99}
    rules = FleetRules(
        falls_silent=lambda device_id, _: device_id.startswith(names.device("silent")),
        corrupt_downloads=lambda device_id, _: corrupt_downloads.get(device_id, 0),
    )
    members = {corrupt: ("corrupt-once", "corrupt-always", "right"), silent: ("silent-1", "silent-2", "heard")}
    fleet = make_fleet({names.device(name): ring for ring, devices in members.items() for name in devices}, rules)
    victim, bitten = make_device("victim", killed), make_device("bitten", altered)
    release = operations.publish("1.1.0").version
    exchanged = operations.publish("1.1.1", files={"ballast": BALLAST})
    _exchange(ringtree, exchanged.version, exchanged.file_name)
    hanging = operations.publish(
        "1.1.2",
        files={"ballast": BALLAST},
        pre_install=HANGS_ONCE.format(operations.folder / "pre-install"),
        health_check=HANGS_ONCE.format(operations.folder / "health-check"),
    ).version
    living.enter_context(bitten)
    for ring in members:
        operations.await_devices(ring, 3)

    timeout = {"batch_timeout_seconds": BATCH_TIMEOUT_SECONDS, "minimum_sample": 2}
    return Troubles(
        fleet=fleet,
        release=release,
        corrupt=operations.start("corrupt", release, (corrupt,), tolerated_failure_share=0.5, minimum_sample=3),
        silent=operations.start("silent", release, (silent,), **timeout),
        altered=operations.start("altered", exchanged.version, (altered,)),
        bitten=bitten,
        killed=operations.start("killed", hanging, (killed,)),
        victim=victim,
    )


def _exchange(ringtree: "Ringtree", version: str, file_name: str) -> None:
    """Flip one byte of an archive that was finalised."""
    s3, where = ringtree.aws.client("s3"), {"Bucket": ringtree.stack_output("ArtifactsBucket")}
    where["Key"] = f"releases/{version}/{file_name}"
    archive = bytearray(s3.get_object(**where)["Body"].read())
    archive[-1] ^= 1
    s3.put_object(**where, Body=bytes(archive))


def test_a_client_killed_again_and_again_installs_once_in_the_end(operations: Operations, troubles: Troubles) -> None:
    victim, folder = troubles.victim, operations.folder

    victim.kill_when(lambda: "step: unpacking" in victim.log, "unpacking begins")
    victim.kill_when((folder / "pre-install").exists, "the pre-install hook runs")
    victim.kill_when(lambda: "step: switched, not yet logged" in victim.log, "the release is switched to")
    victim.kill_when((folder / "health-check").exists, "the health check runs")
    with victim:
        deployment = operations.end_of(troubles.killed)

    assert deployment.status == "promoted"
    assert operations.outcomes(troubles.killed)[victim.device_id].outcome == "done"
    assert victim.current == f"releases/{deployment.release}"
    assert victim.version_file == deployment.release
    assert [(line["kind"], line["target"]) for line in victim.installs] == [("install", deployment.release)]
    assert (folder / "pre-install").read_text().count("began") == 2


def test_a_corrupt_download_is_refused_and_made_again(operations: Operations, troubles: Troubles) -> None:
    device_id = operations.names.device("corrupt-once")

    deployment = operations.end_of(troubles.corrupt)

    assert deployment.status == "promoted"
    assert operations.outcomes(troubles.corrupt)[device_id].outcome == "done"
    assert troubles.fleet.install_log(device_id) == [("install", troubles.release)]


def test_a_device_whose_downloads_stay_corrupt_ends_failed_and_says_why(
    operations: Operations, troubles: Troubles
) -> None:
    device_id = operations.names.device("corrupt-always")

    (ring,) = operations.end_of(troubles.corrupt).rings

    outcome = operations.outcomes(troubles.corrupt)[device_id]
    assert outcome.outcome == "failed"
    assert "download 3 of 3 refused: SHA-256 is" in (outcome.reason or "")
    assert (ring.outcomes.done, ring.outcomes.failed) == (2, 1)
    assert troubles.fleet.install_log(device_id) == []
    device = operations.api.device(device_id)
    assert device.running_release is None
    assert device.deployment is not None
    assert device.deployment.reason == outcome.reason


def test_an_archive_exchanged_in_the_store_is_installed_nowhere(operations: Operations, troubles: Troubles) -> None:
    bitten = troubles.bitten

    deployment = operations.end_of(troubles.altered)

    assert deployment.status == "rolled_back"
    outcome = operations.outcomes(troubles.altered)[bitten.device_id]
    assert outcome.outcome == "failed"
    assert "download 3 of 3 refused: SHA-256 is" in (outcome.reason or "")
    assert bitten.log.count(" refused: SHA-256 is") >= 3
    assert (bitten.current, list(bitten.installs)) == (None, [])


def test_silence_is_taken_for_a_failure_when_the_batch_is_over(operations: Operations, troubles: Troubles) -> None:
    deployment = operations.end_of(troubles.silent)

    (ring,) = deployment.rings
    outcomes = {device_id: one.outcome for device_id, one in operations.outcomes(troubles.silent).items()}
    silent = [operations.names.device(f"silent-{number}") for number in (1, 2)]
    assert outcomes == {**dict.fromkeys(silent, "silent"), operations.names.device("heard"): "done"}
    assert (deployment.status, ring.status) == ("rolled_back", "rolled_back")
    assert ring.outcomes.silent == 2
    assert ring.started_at is not None
    assert ring.ended_at is not None
    assert (ring.ended_at - ring.started_at).total_seconds() >= BATCH_TIMEOUT_SECONDS


def test_a_silent_device_is_taken_back_as_soon_as_it_is_heard_again(operations: Operations, troubles: Troubles) -> None:
    operations.end_of(troubles.silent)
    silent = [operations.names.device(f"silent-{number}") for number in (1, 2)]
    assert all(troubles.fleet.install_log(device_id) == [("install", troubles.release)] for device_id in silent)

    for device_id in silent:
        troubles.fleet.restart(device_id)

    back = [("install", troubles.release), ("roll_back", None)]
    for device_id in (*silent, operations.names.device("heard")):
        eventually(lambda: troubles.fleet.install_log(device_id) == back, f"{device_id} goes back")  # noqa: B023
        eventually(lambda: operations.api.device(device_id).running_release is None, f"{device_id} says so")  # noqa: B023
