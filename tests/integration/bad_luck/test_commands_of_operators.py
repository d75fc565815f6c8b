from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from lab.fleet_simulator.fleet_rules import FleetRules
from tests.integration.bad_luck.conftest import FleetMaker
from tests.live_system.live_fleet import LiveFleet
from tests.live_system.operations import Operations
from tests.live_system.patience import eventually
from tests.live_system.supervision import Supervision

if TYPE_CHECKING:
    from tests.conftest import Ringtree

DEVICES = 4
SLOW = FleetRules(install_seconds=lambda _device_id, _version: 0.8)
ONE_BY_ONE = {"batch_size": 1, "max_open_batches": 1}


@pytest.fixture(scope="module")
def ring(operations: Operations) -> str:
    return operations.make_rings("commanded")[0]


@pytest.fixture(scope="module")
def fleet(operations: Operations, make_fleet: FleetMaker, ring: str) -> LiveFleet:
    fleet = make_fleet({operations.names.device(number): ring for number in range(DEVICES)}, SLOW)
    operations.await_devices(ring, DEVICES)
    return fleet


@pytest.fixture(scope="module")
def other_ring(operations: Operations, make_fleet: FleetMaker) -> str:
    (ring,) = operations.make_rings("other")
    make_fleet({operations.names.device("other"): ring})
    operations.await_devices(ring, 1)
    return ring


def _status(operations: Operations, deployment_id: str) -> str:
    return operations.api.deployment(deployment_id).status


def _done(operations: Operations, deployment_id: str) -> int:
    (ring, *_) = operations.api.deployment(deployment_id).rings
    return ring.outcomes.done


def _stands_still(operations: Operations, deployment_id: str, ring: str) -> Callable[[], bool]:
    """Whether the ring's analyst is paused with no batch open: then nothing is on its way to any device."""

    def stands_still() -> bool:
        watch = operations.state_of(f"ring_analyst/{deployment_id}/{ring}")
        return bool(watch["is_paused"] and not watch["open_batches"])

    return stands_still


def test_a_paused_deployment_opens_nothing_more_goes_on_when_resumed_and_is_undone_when_aborted(
    ringtree: "Ringtree", operations: Operations, supervision: Supervision, fleet: LiveFleet, ring: str
) -> None:
    release = operations.publish("1.1.0").version
    deployment_id = operations.start("commanded", release, (ring,), **ONE_BY_ONE)
    command = f"/v1/deployments/{deployment_id}"
    eventually(lambda: _done(operations, deployment_id) >= 1, "the first device is done")

    operations.api.pause_deployment(deployment_id, "let us look first")
    eventually(lambda: _status(operations, deployment_id) == "paused", "the deployment is paused")
    eventually(_stands_still(operations, deployment_id, ring), "the ring stands still")
    done = _done(operations, deployment_id)
    waiting = operations.state_of(f"ring_analyst/{deployment_id}/{ring}")["waiting_batches"]
    assert len(waiting) == DEVICES - done > 0
    assert len(fleet.installs_of(release)) == done
    assert operations.api.deployment(deployment_id).reason == "let us look first"
    refused = ringtree.operator.post(f"{command}/pause", json={})
    assert (refused.status_code, refused.json()["error"]["remedy"]) == (409, "Possible now: resume, abort.")

    operations.api.resume_deployment(deployment_id, "")
    eventually(lambda: _done(operations, deployment_id) > done, "it goes on")
    refused = ringtree.operator.post(f"{command}/resume", json={})
    assert refused.status_code == 409
    assert "Possible now: pause, abort." in refused.json()["error"]["remedy"]

    operations.api.abort_deployment(deployment_id, "not today")
    ended = operations.end_of(deployment_id)
    assert (ended.status, ended.reason) == ("aborted", "not today")
    assert ended.rings[0].status == "rolled_back"
    took = fleet.installs_of(release)
    assert 2 <= len(took) <= DEVICES
    for device_id in took:
        assert fleet.install_log(device_id) == [("install", release), ("roll_back", None)]
    (execution,) = supervision.deployments(deployment_id)
    assert (execution.status, execution.outcome) == ("SUCCEEDED", "aborted")
    for late in ("pause", "resume", "abort"):
        refused = ringtree.operator.post(f"{command}/{late}", json={})
        assert refused.status_code == 409
        assert "aborted" in refused.json()["error"]["message"]


def test_a_ring_does_not_open_during_a_pause_and_never_after_an_abort(
    operations: Operations, supervision: Supervision, fleet: LiveFleet, ring: str, other_ring: str
) -> None:
    release = operations.publish("1.2.0").version
    deployment_id = operations.start("between", release, (other_ring, ring), bake_time_seconds=2)
    eventually(lambda: _done(operations, deployment_id) == 1, "the first ring is done")

    operations.api.pause_deployment(deployment_id, "weekend")
    eventually(lambda: _status(operations, deployment_id) == "paused", "the deployment is paused")
    operations.api.abort_deployment(deployment_id, "no more")

    ended = operations.end_of(deployment_id)
    assert (ended.status, ended.reason) == ("aborted", "no more")
    assert ended.rings[1].status == "waiting"
    assert fleet.installs_of(release) == {}
    assert supervision.deployments(deployment_id)[0].outcome == "aborted"
    assert ring not in supervision.ring_rollouts(deployment_id)
