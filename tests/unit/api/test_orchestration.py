"""The classic routes."""

from typing import Any

import pytest

from lambdas.agents.deployment.messages import EndDeployment
from tests.unit.api.fleet_in_memory import FleetInMemory

ASSET = {
    "id": "asset-1",
    "name": "Till 4",
    "manufacturer": "NCR",
    "model": "RX1",
    "osName": "Windows 11",
    "site": "Lima",
    "department": "Retail",
}


def _spawn(fleet: FleetInMemory, count: int) -> list[str]:
    return [fleet.operator("POST", "/spawn_agent").body["device_id"] for _ in range(count)]


def _vitals(fleet: FleetInMemory) -> dict[str, Any]:
    assets = fleet.operator("GET", "/asset_details").body["assets"]
    return {asset["device_id"]: asset["vitals"] for asset in assets}


def test_spawned_agent_is_a_simulated_device_with_random_details(fleet: FleetInMemory) -> None:
    names = _spawn(fleet, 12)

    devices = [fleet.operator("GET", f"/v1/devices/{name}").body for name in names]

    assert all(device["is_simulated"] and not device["has_client"] and device["vitals"] for device in devices)
    assert len({device["details"]["model"] for device in devices}) > 1
    assert len({device["ring"] for device in devices}) > 1


def test_agent_can_be_spawned_under_a_name_once(fleet: FleetInMemory) -> None:
    first = fleet.operator("POST", "/spawn_agent", {"agent_id": "sim-1", "ring": "early"})
    before = fleet.written()
    second = fleet.operator("POST", "/spawn_agent", {"agent_id": "sim-1"})

    assert (first.status, first.body["ring"], first.body["is_applied"]) == (201, "early", True)
    assert (second.status, second.error["field"]) == (409, "agent_id")
    assert fleet.written() == before


def test_asset_is_registered_with_its_details_and_an_agent_of_its_own(fleet: FleetInMemory) -> None:
    answer = fleet.operator("POST", "/add_asset", ASSET)
    again = fleet.operator("POST", "/add_asset", ASSET)

    assert (answer.status, answer.body["is_applied"]) == (201, True)
    assert (again.status, again.body["details"]) == (201, answer.body["details"])
    asset = fleet.operator("GET", "/asset_details", query={"asset_id": "asset-1"}).body["assets"][0]
    assert asset["details"] == {
        "name": "Till 4",
        "manufacturer": "NCR",
        "model": "RX1",
        "os_name": "Windows 11",
        "site": "Lima",
        "department": "Retail",
    }
    assert (asset["is_simulated"], asset["has_client"]) == (False, False)


def test_asset_under_the_name_of_another_device_is_a_409(fleet: FleetInMemory) -> None:
    fleet.enrol("asset-1")
    before = fleet.written()

    answer = fleet.operator("POST", "/add_asset", ASSET)

    assert (answer.status, answer.error["code"]) == (409, "device_exists")
    assert fleet.written() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x"}, "id"),
        ({"id": "asset-1"}, "name"),
        ({"id": "a b", "name": "x"}, "id"),
        ({"id": "asset-1", "name": "x" * 201}, "name"),
        ({"id": "asset-1", "name": "x\n"}, "name"),
        ({"id": "asset-1", "name": "x", "osName": 7}, "osName"),
        ({"id": "asset-1", "name": "x", "colour": "red"}, "colour"),
    ],
)
def test_bad_asset_is_a_422_that_names_the_field(fleet: FleetInMemory, body: dict[str, object], field: str) -> None:
    before = fleet.written()

    answer = fleet.operator("POST", "/add_asset", body)

    assert (answer.status, answer.error["field"]) == (422, field)
    assert fleet.written() == before


@pytest.mark.parametrize(
    ("path", "body"),
    [("/add_asset", ASSET | {"ring": "nowhere"}), ("/spawn_agent", {"agent_id": "sim-1", "ring": "nowhere"})],
)
def test_device_of_an_unknown_ring_is_a_404(fleet: FleetInMemory, path: str, body: dict[str, object]) -> None:
    before = fleet.written()

    answer = fleet.operator("POST", path, body)

    assert (answer.status, answer.error["code"]) == (404, "unknown_ring")
    assert fleet.written() == before


def test_registration_that_is_not_applied_in_time_says_so(fleet: FleetInMemory) -> None:
    fleet.are_agents_running = False

    assert fleet.operator("POST", "/add_asset", ASSET).body["is_applied"] is False


def test_cluster_is_counted_by_kind_ring_and_status(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="early")
    _spawn(fleet, 2)
    fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"})

    status = fleet.operator("GET", "/cluster_status").body

    assert (status["agents"]["device"], status["agents"]["deployment"]) == (3, 1)
    assert (status["devices"]["registered"], status["devices"]["simulated"]) == (3, 2)
    assert status["devices"]["with_client"] == 1
    assert sum(count for name, count in status["devices"].items() if name.startswith("ring/")) == 3
    assert status["deployments"] == {"rehearsing": 1}
    assert status["is_complete"] is True


def test_agents_of_devices_are_listed(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="early")
    fleet.hear("d-1", running_release="1.0")

    assert fleet.operator("GET", "/list_agents").body["agents"] == [
        {"agent_id": "d-1", "ring": "early", "is_simulated": False, "has_client": True, "running_release": "1.0"}
    ]


def test_unknown_asset_is_a_404_that_names_it(fleet: FleetInMemory) -> None:
    answer = fleet.operator("GET", "/asset_details", query={"asset_id": "nobody"})

    assert (answer.status, answer.error["message"]) == (404, "there is no device 'nobody'")


def test_rehearsal_strains_a_third_to_a_half_of_the_simulated_devices_and_no_real_one(fleet: FleetInMemory) -> None:
    fleet.enrol("real-1")
    fleet.hear("real-1")
    fleet.operator("POST", "/add_asset", ASSET)
    simulated = _spawn(fleet, 20)
    before = _vitals(fleet)

    answer = fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"})

    assert (answer.status, answer.body["status"], answer.body["pending"]) == (201, "rehearsing", [])
    affected = set(answer.body["affected"])
    assert 6 <= len(affected) <= 10
    assert affected <= set(simulated)
    after = _vitals(fleet)
    for device_id in affected:
        assert 10 <= after[device_id]["cpu_percent"] - before[device_id]["cpu_percent"] <= 50
        assert 10 <= after[device_id]["memory_percent"] - before[device_id]["memory_percent"] <= 30
        assert 5 <= before[device_id]["battery_percent"] - after[device_id]["battery_percent"] <= 15
    assert {name: before[name] for name in before.keys() - affected} == {
        name: after[name] for name in after.keys() - affected
    }
    assert [device["device_id"] for device in answer.body["devices"]] == answer.body["affected"]


def test_rehearsal_started_again_is_the_same_rehearsal(fleet: FleetInMemory) -> None:
    _spawn(fleet, 10)
    first = fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"})
    vitals = _vitals(fleet)

    again = fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"})

    assert (again.status, again.body["affected"]) == (200, first.body["affected"])
    assert _vitals(fleet) == vitals


def test_rehearsal_that_broke_off_is_healed_by_the_same_request(
    fleet: FleetInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    _spawn(fleet, 10)
    before = _vitals(fleet)

    def fails(*_: object) -> None:
        raise ConnectionError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(fleet.mailboxes, "tell", fails)
        assert fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"}).status == 500
    answer = fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"})

    assert (answer.status, answer.body["status"], answer.body["pending"]) == (200, "rehearsing", [])
    after = _vitals(fleet)
    for device_id in answer.body["affected"]:
        assert after[device_id]["cpu_percent"] - before[device_id]["cpu_percent"] <= 50


def test_completed_rehearsal_shows_the_final_state_of_all_agents_and_assets(fleet: FleetInMemory) -> None:
    fleet.operator("POST", "/add_asset", ASSET)
    _spawn(fleet, 20)
    started = fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"}).body

    answer = fleet.operator("POST", "/complete_deployment", {"deployment_id": "deploy-001"})

    assert (answer.status, answer.body["status"], answer.body["pending"]) == (200, "rehearsed", [])
    affected, recovered = set(started["affected"]), set(answer.body["recovered"])
    assert recovered <= affected
    assert 0.4 <= len(recovered) / len(affected) <= 0.8
    final = {device["device_id"]: device["vitals"] for device in answer.body["devices"]}
    assert final == _vitals(fleet)
    assert len(final) == 21
    strained = {device["device_id"]: device["vitals"] for device in started["devices"]}
    for device_id in affected:
        if device_id in recovered:
            assert final[device_id]["cpu_percent"] <= 40
        else:
            assert final[device_id] == strained[device_id]


def test_rehearsal_completed_again_relieves_no_more_devices(fleet: FleetInMemory) -> None:
    _spawn(fleet, 20)
    fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"})
    first = fleet.operator("POST", "/complete_deployment", {"deployment_id": "deploy-001"}).body

    again = fleet.operator("POST", "/complete_deployment", {"deployment_id": "deploy-001"})

    assert (again.status, again.body) == (200, first)


def test_devices_that_have_not_applied_a_rehearsal_in_time_are_named(fleet: FleetInMemory) -> None:
    _spawn(fleet, 4)
    fleet.are_agents_running = False

    answer = fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"})

    assert answer.status == 201
    assert answer.body["pending"] == [*answer.body["affected"], "deployment/deploy-001"]


def test_rehearsal_without_simulated_devices_is_a_409(fleet: FleetInMemory) -> None:
    fleet.enrol("real-1")
    before = fleet.written()

    answer = fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"})

    assert (answer.status, answer.error["code"]) == (409, "no_simulated_device")
    assert fleet.written() == before


def test_release_and_plan_make_it_a_true_deployment(fleet: FleetInMemory) -> None:
    fleet.release("1.1.0")
    order = {"deployment_id": "deploy-002", "release": "1.1.0", "plan": {"rings": ["canary"]}}

    answer = fleet.operator("POST", "/start_deployment", order)
    fleet.run_agents()

    assert (answer.status, answer.body["mode"], answer.body["status"]) == (201, "rollout", "planned")
    assert "deploy-002" in fleet.executions.started
    assert fleet.operator("POST", "/v1/deployments", order).status == 200
    shown = fleet.operator("GET", "/deployment_status", query={"deployment_id": "deploy-002"})
    assert shown.body["release"] == "1.1.0"


def test_true_deployment_completes_by_itself_only(fleet: FleetInMemory) -> None:
    fleet.release("1.1.0")
    fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-002", "release": "1.1.0"})
    fleet.run_agents()

    running = fleet.operator("POST", "/complete_deployment", {"deployment_id": "deploy-002", "release": "1.1.0"})
    fleet.tell("deployment/deploy-002", EndDeployment("promoted", "every ring was promoted"))
    ended = fleet.operator("POST", "/complete_deployment", {"deployment_id": "deploy-002"})

    assert (running.status, running.error["code"]) == (409, "deployment_not_ended")
    assert "pause, abort" in running.error["remedy"]
    assert (ended.status, ended.body["status"]) == (200, "promoted")


def test_plan_without_a_release_is_a_422(fleet: FleetInMemory) -> None:
    answer = fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-003", "plan": {}})

    assert (answer.status, answer.error["field"]) == (422, "release")


def test_rehearsal_and_deployment_do_not_share_an_id(fleet: FleetInMemory) -> None:
    fleet.release("1.1.0")
    _spawn(fleet, 3)
    fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-001"})
    fleet.operator("POST", "/start_deployment", {"deployment_id": "deploy-002", "release": "1.1.0"})

    for order in (
        {"deployment_id": "deploy-001", "release": "1.1.0"},
        {"deployment_id": "deploy-002"},
    ):
        answer = fleet.operator("POST", "/start_deployment", order)
        assert (answer.status, answer.error["code"]) == (409, "deployment_exists")
    other = fleet.operator("POST", "/complete_deployment", {"deployment_id": "deploy-001", "release": "1.1.0"})
    assert (other.status, other.error["code"]) == (409, "other_release")


@pytest.mark.parametrize("path", ["/complete_deployment", "/deployment_status"])
def test_unknown_deployment_is_a_404_that_names_it(fleet: FleetInMemory, path: str) -> None:
    if path == "/complete_deployment":
        answer = fleet.operator("POST", path, {"deployment_id": "nothing"})
    else:
        answer = fleet.operator("GET", path, query={"deployment_id": "nothing"})

    assert (answer.status, answer.error["message"]) == (404, "there is no deployment 'nothing'")


def test_simulated_activity_moves_simulated_devices_once_and_no_real_one(fleet: FleetInMemory) -> None:
    fleet.enrol("real-1")
    fleet.hear("real-1")
    simulated = _spawn(fleet, 5)
    before = _vitals(fleet)

    answer = fleet.operator("POST", "/simulate_activity")

    after = _vitals(fleet)
    moved = {name for name, vitals in after.items() if vitals != before[name]}
    assert moved == set(simulated)
    assert {device["device_id"] for device in answer.body["devices"]} == set(simulated)
    assert (answer.body["pending"], answer.body["is_complete"]) == ([], True)


def test_simulated_activity_without_simulated_devices_moves_nothing(fleet: FleetInMemory) -> None:
    fleet.enrol("real-1")
    before = fleet.written()

    assert fleet.operator("POST", "/simulate_activity").body["devices"] == []
    assert fleet.written() == before
