"""The routes of the orchestrator that Ringtree comes from, as its users know them."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.live_system.device_voice import DeviceVoice
from tests.live_system.live_fleet import LiveFleet
from tests.live_system.operations import Operations
from tests.live_system.patience import eventually

if TYPE_CHECKING:
    from tests.conftest import Ringtree

SPAWNED = 6


def _vitals(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {device["device_id"]: device["vitals"] for device in answer["devices"]}


@pytest.fixture(scope="module")
def ring(operations: Operations) -> str:
    return operations.make_rings("classic")[0]


@pytest.fixture(scope="module")
def spawned(ringtree: "Ringtree", operations: Operations, ring: str) -> tuple[str, ...]:
    """Simulated devices without any client."""
    device_ids = tuple(operations.names.device(f"agent-{number}") for number in range(SPAWNED))
    for device_id in device_ids:
        answer = ringtree.operator.post("/spawn_agent", json={"agent_id": device_id, "ring": ring})
        assert answer.status_code == 201, answer.text
        assert answer.json()["is_applied"]
        assert answer.json()["is_simulated"]
        assert all(answer.json()["details"].values())
    return device_ids


@pytest.fixture(scope="module")
def asset(ringtree: "Ringtree", operations: Operations, ring: str) -> str:
    """A real asset without a client."""
    order = {
        "id": operations.names.device("asset"),
        "name": "Front desk",
        "manufacturer": "Acme",
        "model": "Kiosk 12",
        "osName": "Debian 12",
        "site": "Porto",
        "department": "retail",
        "ring": ring,
    }
    first, again = (ringtree.operator.post("/add_asset", json=order) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    other = ringtree.operator.post("/add_asset", json={**order, "name": "Back door"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "device_exists")
    return str(order["id"])


def test_an_asset_is_shown_with_its_details(ringtree: "Ringtree", asset: str) -> None:
    (shown,) = ringtree.operator.get("/asset_details", params={"asset_id": asset}).json()["assets"]

    assert shown["details"] == {
        "name": "Front desk",
        "manufacturer": "Acme",
        "model": "Kiosk 12",
        "os_name": "Debian 12",
        "site": "Porto",
        "department": "retail",
    }
    assert (shown["is_simulated"], shown["has_client"], shown["vitals"]) == (False, False, None)


def test_agents_and_assets_are_listed_page_by_page(ringtree: "Ringtree", asset: str, spawned: tuple[str, ...]) -> None:
    def everyone(path: str, name: str, key: str) -> list[str]:
        found: list[str] = []
        cursor = None
        while True:
            page = ringtree.operator.get(path, params={"limit": 4, **({"cursor": cursor} if cursor else {})}).json()
            found += [one[key] for one in page[name]]
            cursor = page["cursor"]
            if cursor is None:
                return found

    for listed in (everyone("/list_agents", "agents", "agent_id"), everyone("/asset_details", "assets", "device_id")):
        assert {asset, *spawned} <= set(listed)
        assert len(listed) == len(set(listed))


def test_the_cluster_is_counted(ringtree: "Ringtree", asset: str, spawned: tuple[str, ...], ring: str) -> None:
    status = ringtree.operator.get("/cluster_status").json()

    assert status["is_complete"]
    assert status["devices"][f"ring/{ring}"] == SPAWNED + 1
    assert status["devices"]["simulated"] >= SPAWNED
    assert status["agents"]["device"] >= status["devices"]["registered"] >= SPAWNED + 1
    assert sum(status["deployments"].values()) == status["agents"]["deployment"]


def test_activity_moves_simulated_devices_once_and_real_ones_never(
    ringtree: "Ringtree", asset: str, spawned: tuple[str, ...]
) -> None:
    before = _vitals({"devices": [_asset(ringtree, device_id) for device_id in spawned]})

    answer = ringtree.operator.post("/simulate_activity").json()

    after = _vitals(answer)
    assert answer["pending"] == []
    assert set(spawned) <= set(after)
    assert asset not in after
    assert all(after[device_id] != before[device_id] for device_id in spawned)
    assert all(0 <= vitals["cpu_percent"] <= 100 for vitals in after.values())
    assert _asset(ringtree, asset)["vitals"] is None


def test_a_rehearsal_strains_some_simulated_devices_and_lets_some_recover(
    ringtree: "Ringtree", operations: Operations, asset: str, spawned: tuple[str, ...]
) -> None:
    deployment_id = operations.names.deployment("rehearsal")
    simulated = _simulated(ringtree)
    before = {device_id: device["vitals"] for device_id, device in simulated.items()}

    started = ringtree.operator.post("/start_deployment", json={"deployment_id": deployment_id})
    again = ringtree.operator.post("/start_deployment", json={"deployment_id": deployment_id})

    assert (started.status_code, again.status_code) == (201, 200)
    affected = started.json()["affected"]
    assert again.json()["affected"] == affected
    assert 0.3 <= len(affected) / len(simulated) <= 0.5
    assert set(affected) <= set(simulated)
    assert started.json()["pending"] == []
    for device_id, vitals in _vitals(started.json()).items():
        _check_strained(before[device_id], vitals)
    assert _vitals(again.json()) == _vitals(started.json())
    shown = ringtree.operator.get("/deployment_status", params={"deployment_id": deployment_id}).json()
    assert (shown["mode"], shown["status"], shown["affected"]) == ("rehearsal", "rehearsing", affected)

    completed = ringtree.operator.post("/complete_deployment", json={"deployment_id": deployment_id}).json()

    recovered = completed["recovered"]
    assert completed["status"] == "rehearsed"
    assert set(recovered) <= set(affected)
    assert 1 <= len(recovered) <= round(0.8 * len(affected)) or len(affected) == 1
    assert {asset, *spawned} <= set(_vitals(completed))
    repeated = ringtree.operator.post("/complete_deployment", json={"deployment_id": deployment_id}).json()
    assert repeated["recovered"] == recovered
    assert _vitals(repeated) == _vitals(completed)


def _check_strained(before: dict[str, Any], after: dict[str, Any]) -> None:
    """By the orchestrator's numbers, unless a percentage has reached its end."""
    assert 10 <= after["cpu_percent"] - before["cpu_percent"] <= 50 or after["cpu_percent"] == 100
    assert 10 <= after["memory_percent"] - before["memory_percent"] <= 30 or after["memory_percent"] == 100
    if before["battery_percent"] is not None:
        lost = before["battery_percent"] - after["battery_percent"]
        assert lost == 0 if before["is_charging"] else 5 <= lost <= 15 or after["battery_percent"] == 0


def test_a_task_is_done_by_a_simulated_device_that_nobody_named(ringtree: "Ringtree", spawned: tuple[str, ...]) -> None:
    task = ringtree.operator.post("/submit_task", json={"type": "echo", "payload": {"n": 1}, "priority": "high"})
    assert (task.status_code, task.json()["status"]) == (202, "queued")

    ended = _ended_task(ringtree, task.json()["task_id"])

    assert (ended["status"], ended["priority"], ended["attempt"]) == ("succeeded", "high", 1)
    assert ended["device_id"] in _simulated(ringtree)


def test_a_task_for_a_device_brings_its_result(ringtree: "Ringtree", operations: Operations, ring: str) -> None:
    device_id, payload = operations.names.device("worker"), {"greeting": "hello", "to": ["all", 1, None]}
    with ExitStack() as living:
        living.enter_context(LiveFleet(ringtree.device_url, ringtree.enrolment_token, {device_id: ring}))
        eventually(lambda: _is_online(ringtree, device_id), f"{device_id} is online")
        order = {"type": "echo", "payload": payload, "target": device_id}
        done = ringtree.operator.post("/submit_task", json=order).json()["task_id"]
        unknown = ringtree.operator.post("/submit_task", json={**order, "type": "juggle", "max_attempts": 2}).json()

        succeeded = _ended_task(ringtree, done)
        failed = _ended_task(ringtree, unknown["task_id"])

    assert (succeeded["status"], succeeded["device_id"], succeeded["result"]) == ("succeeded", device_id, payload)
    assert (failed["status"], failed["attempt"]) == ("failed", 2)
    assert "juggle" in str(failed["result"])


def test_a_task_that_failed_on_one_device_is_tried_again_up_to_its_limit(
    ringtree: "Ringtree", operations: Operations, ring: str
) -> None:
    with httpx.Client(timeout=30.0, trust_env=False) as http:
        clumsy = DeviceVoice.enrol(
            http, ringtree.device_url, ringtree.enrolment_token, operations.names.device("clumsy"), ring
        )
        eventually(lambda: _is_known(ringtree, clumsy.device_id), "the device has joined")
        order = {"type": "echo", "target": clumsy.device_id, "max_attempts": 3}
        task_id = ringtree.operator.post("/submit_task", json=order).json()["task_id"]
        for attempt in (1, 2, 3):
            eventually(
                lambda: _task(ringtree, task_id)["attempt"] == attempt and clumsy_has(clumsy, task_id),  # noqa: B023
                f"attempt {attempt} is in hand",
            )
            result = {"device_id": clumsy.device_id, "succeeded": attempt == 3, "result": {"attempt": attempt}}
            assert clumsy.say("POST", f"tasks/{task_id}/result", result).status_code == 202

        ended = _ended_task(ringtree, task_id)

    assert (ended["status"], ended["attempt"], ended["result"]) == ("succeeded", 3, {"attempt": 3})


def clumsy_has(device: DeviceVoice, task_id: str) -> bool:
    work = device.say("POST", "heartbeats", device.heartbeat_body()).json()["work"]
    return task_id in {task["task_id"] for task in work["tasks"]}


def test_a_true_deployment_goes_through_the_classic_routes_as_well(
    ringtree: "Ringtree", operations: Operations
) -> None:
    (empty,) = operations.make_rings("classic-nobody")
    release = operations.publish("0.9.0").version
    order = {"deployment_id": operations.names.deployment("true"), "release": release, "plan": {"rings": [empty]}}

    started = ringtree.operator.post("/start_deployment", json=order)
    assert (started.status_code, started.json()["mode"]) == (201, "rollout")
    early = ringtree.operator.post("/complete_deployment", json={"deployment_id": order["deployment_id"]})
    assert early.status_code == 409 or early.json()["status"] == "promoted"
    operations.end_of(str(order["deployment_id"]))

    completed = ringtree.operator.post("/complete_deployment", json=order)
    assert (completed.status_code, completed.json()["status"]) == (200, "promoted")
    other = ringtree.operator.post("/complete_deployment", json={**order, "release": "9.9.9"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "other_release")


def _asset(ringtree: "Ringtree", device_id: str) -> dict[str, Any]:
    (shown,) = ringtree.operator.get("/asset_details", params={"asset_id": device_id}).json()["assets"]
    asset: dict[str, Any] = shown
    return asset


def _is_known(ringtree: "Ringtree", device_id: str) -> bool:
    return ringtree.operator.get(f"/v1/devices/{device_id}").status_code == 200


def _is_online(ringtree: "Ringtree", device_id: str) -> bool:
    answer = ringtree.operator.get(f"/v1/devices/{device_id}")
    return answer.status_code == 200 and bool(answer.json()["is_online"])


def _simulated(ringtree: "Ringtree") -> dict[str, dict[str, Any]]:
    assets = ringtree.operator.get("/asset_details", params={"limit": 500}).json()["assets"]
    return {asset["device_id"]: asset for asset in assets if asset["is_simulated"]}


def _task(ringtree: "Ringtree", task_id: str) -> dict[str, Any]:
    answer = ringtree.operator.get(f"/status/{task_id}")
    assert answer.status_code == 200, answer.text
    task: dict[str, Any] = answer.json()
    return task


def _ended_task(ringtree: "Ringtree", task_id: str) -> dict[str, Any]:
    eventually(lambda: _task(ringtree, task_id)["status"] in ("succeeded", "failed"), f"the end of {task_id}")
    return _task(ringtree, task_id)
