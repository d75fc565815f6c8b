"""The routes of deployments: each starts once, however often and wherever its request breaks off."""

from datetime import timedelta
from typing import Any

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.agents.batch.messages import BatchPurpose, DeviceEnded, OpenBatch
from lambdas.agents.deployment.messages import EndDeployment, EnterRing
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.releases import Release
from tests.unit.api.fleet_in_memory import FleetInMemory

ORDER: dict[str, Any] = {
    "deployment_id": "dep-1",
    "release": "1.1.0",
    "plan": {"rings": ["canary", "broad"], "policy": {"batch_size": 2, "bake_time_seconds": 1.5}},
}
RELEASE = Release("1.1.0", 10, "0" * 64)


@pytest.fixture
def started(fleet: FleetInMemory) -> FleetInMemory:
    fleet.release("1.1.0")
    assert fleet.operator("POST", "/v1/deployments", ORDER).status == 201
    fleet.run_agents()
    return fleet


def test_deployment_is_started_with_its_agent_and_its_supervisor(fleet: FleetInMemory) -> None:
    fleet.release("1.1.0")

    answer = fleet.operator("POST", "/v1/deployments", ORDER)
    fleet.run_agents()

    assert answer.status == 201
    assert answer.raw["headers"]["Location"] == "/v1/deployments/dep-1"
    assert answer.body["status"] == "planned"
    assert [(ring["ring"], ring["status"]) for ring in answer.body["rings"]] == [
        ("canary", "waiting"),
        ("broad", "waiting"),
    ]
    opened = fleet.state("deployment/dep-1")
    assert (opened.status, opened.release) == ("planned", "1.1.0")
    assert opened.plan.policy.bake_time == timedelta(seconds=1.5)
    assert fleet.executions.started["dep-1"]["plan"]["policy"]["batch_size"] == 2
    assert fleet.executions.started["dep-1"]["release"]["version"] == "1.1.0"
    assert fleet.executions.started["dep-1"]["requested_by"] == "operator"


def test_deployment_without_a_plan_goes_through_all_rings_in_order(fleet: FleetInMemory) -> None:
    fleet.release("1.1.0")

    answer = fleet.operator("POST", "/v1/deployments", {"release": "1.1.0"})

    assert answer.status == 201
    assert answer.body["deployment_id"].startswith("deployment-new-")
    assert [ring["ring"] for ring in answer.body["rings"]] == ["canary", "early", "broad"]


def test_second_start_of_the_same_deployment_is_the_same_deployment(started: FleetInMemory) -> None:
    version = started.store.items[ActorId("deployment", "dep-1")]["version"]

    again = started.operator("POST", "/v1/deployments", ORDER)
    started.run_agents()

    assert again.status == 200
    assert len(started.executions.started) == 1
    assert started.store.items[ActorId("deployment", "dep-1")]["version"] == version


@pytest.mark.parametrize(
    "other", [{"release": "1.2.0"}, {"plan": {"rings": ["canary"]}}, {"plan": {"policy": {"batch_size": 3}}}]
)
def test_start_of_another_deployment_under_the_same_id_is_a_409(
    started: FleetInMemory, other: dict[str, object]
) -> None:
    started.release("1.2.0")
    before = started.written()

    answer = started.operator("POST", "/v1/deployments", ORDER | other)

    assert (answer.status, answer.error["code"]) == (409, "deployment_exists")
    assert started.written() == before


def test_retry_is_the_same_deployment_although_rings_have_changed_since(fleet: FleetInMemory) -> None:
    fleet.release("1.1.0")
    body = {"deployment_id": "dep-1", "release": "1.1.0"}
    first = fleet.operator("POST", "/v1/deployments", body).body
    fleet.operator("PUT", "/v1/rings/lab", {"order": 1, "share": 0.5})

    again = fleet.operator("POST", "/v1/deployments", body)

    assert (again.status, again.body["rings"]) == (200, first["rings"])


@pytest.mark.parametrize("broken", ["mailbox", "executions"])
def test_start_that_breaks_off_is_healed_by_the_same_request(
    fleet: FleetInMemory, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    fleet.release("1.1.0")
    port, name = (fleet.mailboxes, "tell") if broken == "mailbox" else (fleet.executions, "start")

    def fails(*_: object) -> None:
        raise ConnectionError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(port, name, fails)
        assert fleet.operator("POST", "/v1/deployments", ORDER).status == 500
    again = fleet.operator("POST", "/v1/deployments", ORDER)
    fleet.run_agents()

    assert again.status == 200
    assert fleet.state("deployment/dep-1").status == "planned"
    assert "dep-1" in fleet.executions.started


def test_deployment_that_has_ended_is_not_started_again(started: FleetInMemory) -> None:
    started.tell("deployment/dep-1", EndDeployment("promoted", "every ring was promoted"))
    started.executions.started.clear()

    again = started.operator("POST", "/v1/deployments", ORDER)

    assert (again.status, again.body["status"]) == (200, "promoted")
    assert started.executions.started == {}


@pytest.mark.parametrize(
    ("change", "status", "code", "named"),
    [
        ({"release": "9.9"}, 404, "unknown_release", "9.9"),
        ({"plan": {"rings": ["canary", "nowhere"]}}, 404, "unknown_ring", "nowhere"),
        ({"release": "2.0"}, 409, "release_not_ready", "2.0"),
    ],
)
def test_deployment_of_or_to_something_that_is_not_there_writes_nothing(
    fleet: FleetInMemory, change: dict[str, object], status: int, code: str, named: str
) -> None:
    fleet.release("1.1.0")
    draft = {"version": "2.0", "size_bytes": 1, "sha256": "0" * 64, "file_name": "a"}
    fleet.operator("POST", "/v1/releases", draft)
    before = fleet.written()

    answer = fleet.operator("POST", "/v1/deployments", ORDER | change)

    assert (answer.status, answer.error["code"]) == (status, code)
    assert named in answer.error["message"]
    assert fleet.written() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "release"),
        ({"release": "1.1.0", "deployment_id": "a/b"}, "deployment_id"),
        ({"release": "1.1.0", "deployment_id": "x" * 56}, "deployment_id"),
        ({"release": "1.1.0", "deployment_id": ""}, "deployment_id"),
        ({"release": "1.1.0", "plan": {"rings": []}}, "plan.rings"),
        ({"release": "1.1.0", "plan": {"rings": ["early", "early"]}}, "plan.rings"),
        ({"release": "1.1.0", "plan": {"policy": {"batch_size": 501}}}, "plan.policy.batch_size"),
        ({"release": "1.1.0", "plan": {"policy": {"max_open_batches": 0}}}, "plan.policy.max_open_batches"),
        ({"release": "1.1.0", "plan": {"policy": {"batch_timeout_seconds": 0}}}, "plan.policy.batch_timeout_seconds"),
        ({"release": "1.1.0", "plan": {"policy": {"batch_timeout_seconds": 2e6}}}, "plan.policy.batch_timeout_seconds"),
        (
            {"release": "1.1.0", "plan": {"policy": {"tolerated_failure_share": 1}}},
            "plan.policy.tolerated_failure_share",
        ),
        ({"release": "1.1.0", "plan": {"policy": {"minimum_sample": 0}}}, "plan.policy.minimum_sample"),
        ({"release": "1.1.0", "plan": {"policy": {"bake_time_seconds": -1}}}, "plan.policy.bake_time_seconds"),
        ({"release": "1.1.0", "plan": {"speed": 3}}, "plan.speed"),
    ],
)
def test_bad_deployment_is_a_422_that_names_the_field(
    fleet: FleetInMemory, body: dict[str, object], field: str
) -> None:
    fleet.release("1.1.0")
    before = fleet.written()

    answer = fleet.operator("POST", "/v1/deployments", body)

    assert (answer.status, answer.error["field"]) == (422, field)
    assert fleet.written() == before


def test_rings_show_their_outcomes_while_they_run(started: FleetInMemory) -> None:
    _fill_canary(started, "d-1", "d-2")
    started.tell("batch/dep-1/canary/1", DeviceEnded("d-1", InstallState.DONE, ""))

    view = started.operator("GET", "/v1/deployments/dep-1").body

    canary, broad = view["rings"]
    assert (canary["status"], canary["devices"], canary["outcomes"]["done"]) == ("running", 2, 1)
    assert (broad["status"], broad["outcomes"]["done"]) == ("waiting", 0)


def test_outcomes_of_devices_are_listed_batch_by_batch(started: FleetInMemory) -> None:
    _fill_canary(started, "d-1", "d-2", "d-3")
    started.tell("batch/dep-1/canary/1", DeviceEnded("d-2", InstallState.FAILED, "no room"))

    first = started.operator("GET", "/v1/deployments/dep-1/devices", query={"limit": "1"}).body
    second = started.operator(
        "GET", "/v1/deployments/dep-1/devices", query={"limit": "2", "cursor": first["cursor"]}
    ).body

    assert first["devices"] == [
        {"device_id": "d-1", "ring": "canary", "batch": "batch/dep-1/canary/1", "outcome": None, "reason": ""}
    ]
    assert second["devices"][0]["outcome"] == "failed"
    assert second["devices"][0]["reason"] == "no room"
    assert [device["device_id"] for device in second["devices"]] == ["d-2", "d-3"]
    assert second["cursor"] is None


@pytest.mark.parametrize("cursor", ["x", "9.0", "0", "0.x", "-1.0", "٣.٣", "1" * 30 + ".0"])
def test_bad_cursor_of_outcomes_is_a_422(started: FleetInMemory, cursor: str) -> None:
    _fill_canary(started, "d-1")

    answer = started.operator("GET", "/v1/deployments/dep-1/devices", query={"cursor": cursor})

    assert (answer.status, answer.error["code"]) == (422, "invalid_cursor")


def test_outcomes_of_a_ring_outside_the_plan_are_a_404(started: FleetInMemory) -> None:
    answer = started.operator("GET", "/v1/deployments/dep-1/devices", query={"ring": "early"})

    assert (answer.status, answer.error["code"]) == (404, "unknown_ring")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/deployments/nothing"),
        ("GET", "/v1/deployments/nothing/devices"),
        ("POST", "/v1/deployments/nothing/pause"),
        ("POST", "/v1/deployments/nothing/resume"),
        ("POST", "/v1/deployments/nothing/abort"),
    ],
)
def test_unknown_deployment_is_a_404_that_names_it(fleet: FleetInMemory, method: str, path: str) -> None:
    answer = fleet.operator(method, path)

    assert (answer.status, answer.error["message"]) == (404, "there is no deployment 'nothing'")


def test_deployments_are_listed_with_their_status(started: FleetInMemory) -> None:
    assert started.operator("GET", "/v1/deployments").body == {
        "deployments": [
            {
                "deployment_id": "dep-1",
                "release": "1.1.0",
                "mode": "rollout",
                "status": "planned",
                "created_at": "2026-03-01T12:00:00Z",
            }
        ],
        "cursor": None,
    }


def test_deployment_is_paused_resumed_and_aborted(started: FleetInMemory) -> None:
    _fill_canary(started, "d-1")

    paused = started.operator("POST", "/v1/deployments/dep-1/pause", {"reason": "lunch"})
    started.run_agents()
    assert (paused.status, paused.body["status"]) == (202, "running")
    assert started.operator("GET", "/v1/deployments/dep-1").body["status"] == "paused"
    assert started.operator("GET", "/v1/deployments/dep-1").body["reason"] == "lunch"

    assert started.operator("POST", "/v1/deployments/dep-1/resume", {"reason": "back"}).status == 202
    started.run_agents()
    assert started.operator("GET", "/v1/deployments/dep-1").body["status"] == "running"

    assert started.operator("POST", "/v1/deployments/dep-1/abort", {"reason": "wrong release"}).status == 202
    started.run_agents()
    assert started.operator("GET", "/v1/deployments/dep-1").body["status"] == "aborting"
    assert started.state("deployment/dep-1").commands[-1].requested_by == "operator"


def test_command_that_does_not_fit_is_a_409_that_says_what_does(started: FleetInMemory) -> None:
    before = started.written()

    answer = started.operator("POST", "/v1/deployments/dep-1/resume")

    assert (answer.status, answer.error["code"]) == (409, "command_does_not_fit")
    assert "planned" in answer.error["message"]
    assert answer.error["remedy"] == "Possible now: pause, abort."
    assert started.written() == before


@pytest.mark.parametrize("command", ["pause", "resume", "abort"])
def test_deployment_that_has_ended_takes_no_command(started: FleetInMemory, command: str) -> None:
    started.tell("deployment/dep-1", EndDeployment("promoted", ""))

    assert started.operator("POST", f"/v1/deployments/dep-1/{command}").status == 409


def test_too_long_a_reason_is_a_422(started: FleetInMemory) -> None:
    answer = started.operator("POST", "/v1/deployments/dep-1/pause", {"reason": "x" * 1001})

    assert (answer.status, answer.error["field"]) == (422, "reason")


def _fill_canary(fleet: FleetInMemory, *devices: str) -> None:
    """Open the canary ring and one batch in it, as the supervisor does."""
    fleet.tell("deployment/dep-1", EnterRing("canary", len(devices), 1, "token-1"))
    opened = OpenBatch("dep-1", "canary", 1, BatchPurpose.INSTALL, RELEASE, devices, 60, "token-2")
    fleet.tell("batch/dep-1/canary/1", opened)
