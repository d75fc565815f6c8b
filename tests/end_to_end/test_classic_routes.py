"""The routes of the orchestrator that Ringtree comes from, as its users know them."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.live_system.operations import Operations

if TYPE_CHECKING:
    from tests.conftest import Ringtree


def _vitals(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {device["device_id"]: device["vitals"] for device in answer["devices"]}


@pytest.fixture(scope="module")
def asset(ringtree: "Ringtree", operations: Operations, classic_ring: str) -> str:
    """A real asset without a client."""
    order = {
        "id": operations.names.device("asset"),
        "name": "Front desk",
        "manufacturer": "Acme",
        "model": "Kiosk 12",
        "osName": "Debian 12",
        "site": "Porto",
        "department": "retail",
        "ring": classic_ring,
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


def test_the_cluster_is_counted(ringtree: "Ringtree", asset: str, spawned: tuple[str, ...], classic_ring: str) -> None:
    status = ringtree.operator.get("/cluster_status").json()

    assert status["is_complete"]
    assert status["devices"][f"ring/{classic_ring}"] == len(spawned) + 1
    assert status["devices"]["simulated"] >= len(spawned)
    assert status["agents"]["device"] >= status["devices"]["registered"] >= len(spawned) + 1
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


def _simulated(ringtree: "Ringtree") -> dict[str, dict[str, Any]]:
    assets = ringtree.operator.get("/asset_details", params={"limit": 500}).json()["assets"]
    return {asset["device_id"]: asset for asset in assets if asset["is_simulated"]}
