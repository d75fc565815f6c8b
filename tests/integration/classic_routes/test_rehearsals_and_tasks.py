"""The classic routes over the deployed app: rehearsals, activity and tasks on simulated devices."""

import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Ringtree

ENDED_WITHIN_SECONDS = 30


@pytest.fixture(scope="module")
def simulated(ringtree: "Ringtree") -> list[str]:
    """Ten simulated devices and a real asset, in the fleet of the whole test session."""
    asset = {"id": "till-4", "name": "Till 4", "manufacturer": "NCR", "osName": "Windows 11", "site": "Lima"}
    assert ringtree.operator.post("/add_asset", json=asset).json()["is_applied"]
    spawned = [ringtree.operator.post("/spawn_agent").json() for _ in range(10)]
    assert all(agent["is_applied"] for agent in spawned)
    return [agent["device_id"] for agent in spawned]


def _vitals(ringtree: "Ringtree", device_id: str) -> dict[str, Any]:
    answer = ringtree.operator.get("/asset_details", params={"asset_id": device_id})
    vitals: dict[str, Any] = answer.json()["assets"][0]["vitals"]
    return vitals


def test_rehearsal_strains_simulated_devices_and_relieves_some_of_them(
    ringtree: "Ringtree", simulated: list[str]
) -> None:
    before = {device_id: _vitals(ringtree, device_id) for device_id in simulated}

    started = ringtree.operator.post("/start_deployment", json={"deployment_id": "rehearsal-001"})
    again = ringtree.operator.post("/start_deployment", json={"deployment_id": "rehearsal-001"})
    completed = ringtree.operator.post("/complete_deployment", json={"deployment_id": "rehearsal-001"})

    assert (started.status_code, again.status_code, completed.status_code) == (201, 200, 200)
    rehearsal, end = started.json(), completed.json()
    assert (rehearsal["status"], rehearsal["pending"]) == ("rehearsing", [])
    assert again.json()["affected"] == rehearsal["affected"]
    strained = {device["device_id"]: device["vitals"] for device in rehearsal["devices"]}
    for device_id in set(strained) & set(before):
        assert 10 <= strained[device_id]["cpu_percent"] - before[device_id]["cpu_percent"] <= 50
    assert (end["status"], end["pending"]) == ("rehearsed", [])
    assert set(end["recovered"]) <= set(rehearsal["affected"])
    final = {device["device_id"]: device for device in end["devices"]}
    assert set(simulated) | {"till-4"} <= set(final)
    assert final["till-4"]["vitals"] is None
    status = ringtree.operator.get("/deployment_status", params={"deployment_id": "rehearsal-001"}).json()
    assert (status["mode"], status["status"]) == ("rehearsal", "rehearsed")


def test_simulated_activity_moves_simulated_devices_only(ringtree: "Ringtree", simulated: list[str]) -> None:
    before = {device_id: _vitals(ringtree, device_id) for device_id in simulated}

    answer = ringtree.operator.post("/simulate_activity").json()

    assert answer["pending"] == []
    moved = {device["device_id"]: device["vitals"] for device in answer["devices"]}
    assert set(simulated) <= set(moved)
    assert "till-4" not in moved
    assert all(moved[device_id] != before[device_id] for device_id in simulated)


def test_task_is_done_by_a_simulated_device_and_its_result_is_readable(
    ringtree: "Ringtree", simulated: list[str]
) -> None:
    task = {"task_id": "collect-1", "type": "collect-logs", "payload": {"lines": 3}, "target": simulated[0]}
    assert ringtree.operator.post("/submit_task", json=task).status_code == 202

    deadline = time.monotonic() + ENDED_WITHIN_SECONDS
    while (status := ringtree.operator.get("/status/collect-1").json())["status"] != "succeeded":
        assert time.monotonic() < deadline, status
        time.sleep(0.2)

    assert (status["device_id"], status["payload"]) == (simulated[0], {"lines": 3})
    assert status["result"] is not None


def test_fleet_is_counted_and_listed(ringtree: "Ringtree", simulated: list[str]) -> None:
    status = ringtree.operator.get("/cluster_status").json()
    listed = ringtree.operator.get("/list_agents", params={"limit": 500}).json()["agents"]

    assert status["devices"]["simulated"] >= len(simulated)
    assert status["devices"]["registered"] == len(listed)
    assert {"till-4", *simulated} <= {agent["agent_id"] for agent in listed}
