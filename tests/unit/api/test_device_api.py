"""The routes of devices: a device speaks for itself only, and is heard once."""

import hashlib
from typing import Any

import pytest

from lambdas.agents.batch.messages import BatchPurpose
from lambdas.agents.device.messages import InstallRelease, RollBackRelease, RunTask, WithdrawInstall
from lambdas.api.tokens import device_of_token
from lambdas.fleet.catalog import CatalogDeployment, DeploymentMode
from lambdas.fleet.events import HeartbeatReceived
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.releases import Release
from tests.unit.api.fleet_in_memory import DEVICE_TOKEN_KEY, ENROLMENT_TOKEN, NOON, FleetInMemory, heartbeat

RELEASE = Release("1.1.0", 10, "0" * 64)
PROGRESS = "/device/v1/deployments/dep-1/progress"


@pytest.fixture
def busy(fleet: FleetInMemory) -> FleetInMemory:
    """A fleet whose device d-1 was offered release 1.1.0 by deployment dep-1."""
    fleet.enrol("d-1", ring="canary")
    fleet.hear("d-1", running_release="1.0.0")
    for deployment_id in ("dep-1", "dep-0"):
        fleet.catalog.add_deployment(CatalogDeployment(deployment_id, DeploymentMode.ROLLOUT, "digest", NOON))
    fleet.tell("device/d-1", InstallRelease("dep-1", "batch/dep-1/canary/1", RELEASE))
    return fleet


def _enrol(fleet: FleetInMemory, body: dict[str, Any], token: str | None = ENROLMENT_TOKEN) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    return fleet.device("POST", "/device/v1/enrol", body, headers=headers)


def _progress(state: str, running_release: str | None = "1.0.0", **more: Any) -> dict[str, Any]:
    return {"device_id": "d-1", "state": state, "running_release": running_release, **more}


def test_enrolled_device_gets_a_token_of_its_own_and_a_ring(fleet: FleetInMemory) -> None:
    answer = _enrol(fleet, {"device_id": "d-1", "details": {"name": "Kiosk"}})
    fleet.run_agents()

    assert answer.status == 201
    assert device_of_token(answer.body["device_token"], DEVICE_TOKEN_KEY) == "d-1"
    assert answer.body["next_heartbeat_seconds"] == 15
    device = fleet.state("device/d-1")
    assert (device.ring, device.has_client, device.details.name) == (answer.body["ring"], True, "Kiosk")
    assert [event.type for event in fleet.agent_events.published] == ["DeviceEnrolled"]


def test_device_that_enrols_again_keeps_ring_and_token(fleet: FleetInMemory) -> None:
    first = _enrol(fleet, {"device_id": "d-1"})
    fleet.run_agents()
    fleet.operator("PATCH", "/v1/devices/d-1", {"ring": "broad"})
    fleet.run_agents()

    again = _enrol(fleet, {"device_id": "d-1", "details": {"name": "New name"}})
    fleet.run_agents()

    assert again.body["device_token"] == first.body["device_token"]
    assert again.body["ring"] == "broad"
    assert fleet.state("device/d-1").details.name == "New name"


@pytest.mark.parametrize("token", [None, "", "wrong", ENROLMENT_TOKEN + "x"])
def test_enrolment_without_the_enrolment_token_is_a_401(fleet: FleetInMemory, token: str | None) -> None:
    before = fleet.written()

    answer = _enrol(fleet, {"device_id": "d-1"}, token)

    assert (answer.status, answer.error["code"]) == (401, "enrolment_refused")
    assert fleet.written() == before


def test_enrolment_into_an_unknown_ring_is_a_404_that_names_it(fleet: FleetInMemory) -> None:
    before = fleet.written()

    answer = _enrol(fleet, {"device_id": "d-1", "ring": "nowhere"})

    assert (answer.status, answer.error["code"]) == (404, "unknown_ring")
    assert fleet.written() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "device_id"),
        ({"device_id": "-d"}, "device_id"),
        ({"device_id": "d" * 101}, "device_id"),
        ({"device_id": "d-1", "details": {"name": "x" * 201}}, "details.name"),
        ({"device_id": "d-1", "details": {"colour": "red"}}, "details.colour"),
        ({"device_id": "d-1", "is_simulated": "yes"}, "is_simulated"),
    ],
)
def test_bad_enrolment_is_a_422_that_names_the_field(fleet: FleetInMemory, body: dict[str, Any], field: str) -> None:
    before = fleet.written()

    answer = _enrol(fleet, body)

    assert (answer.status, answer.error["field"]) == (422, field)
    assert fleet.written() == before


def test_enrolment_is_refused_while_no_ring_takes_devices(fleet: FleetInMemory) -> None:
    for order, ring in enumerate(("canary", "early", "broad"), 1):
        fleet.operator("PUT", f"/v1/rings/{ring}", {"order": order, "share": 0})

    answer = _enrol(fleet, {"device_id": "d-1"})

    assert (answer.status, answer.error["code"]) == (409, "no_ring")


def test_heartbeat_is_put_on_the_bus_and_answered_with_the_next_interval(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")

    answer = fleet.device("POST", "/device/v1/heartbeats", heartbeat("d-1", "1.0.0", 42.0), "d-1")

    assert answer.status == 200
    assert answer.body == {"next_heartbeat_seconds": 60.0, "work": {"deployment": None, "tasks": []}}
    (event,) = fleet.bus.published.values()
    assert isinstance(event, HeartbeatReceived)
    assert (event.device_id, event.running_release, event.received_at) == ("d-1", "1.0.0", NOON)
    assert (event.vitals.cpu_percent, event.next_heartbeat_seconds) == (42.0, 60.0)


def test_same_heartbeat_sent_again_has_the_same_event_id(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    said = heartbeat("d-1")

    for _ in range(2):
        fleet.device("POST", "/device/v1/heartbeats", said, "d-1")
    fleet.device("POST", "/device/v1/heartbeats", heartbeat("d-1"), "d-1")

    assert len(fleet.bus.published) == 2


def test_device_whose_enrolment_is_on_its_way_is_told_to_speak_again_soon(fleet: FleetInMemory) -> None:
    answer = fleet.device("POST", "/device/v1/heartbeats", heartbeat("d-1"), "d-1")

    assert answer.body == {"next_heartbeat_seconds": 15.0, "work": {"deployment": None, "tasks": []}}


def test_device_with_work_in_hand_is_told_so_and_speaks_more_often(busy: FleetInMemory) -> None:
    busy.tell("device/d-1", RunTask("t-1", "task_scheduler/0", "collect", '{"lines":3}'))

    answer = busy.device("POST", "/device/v1/heartbeats", heartbeat("d-1"), "d-1")

    assert answer.body == {
        "next_heartbeat_seconds": 15.0,
        "work": {
            "deployment": {
                "deployment_id": "dep-1",
                "action": "install",
                "release": {"version": "1.1.0", "size_bytes": 10, "sha256": "0" * 64},
            },
            "tasks": [{"task_id": "t-1", "type": "collect", "payload": {"lines": 3}, "attempt": 1}],
        },
    }


def test_withdrawn_install_is_no_work_in_hand(busy: FleetInMemory) -> None:
    busy.tell("device/d-1", WithdrawInstall("dep-1", InstallState.CANCELLED, "halted"))

    answer = busy.device("POST", "/device/v1/heartbeats", heartbeat("d-1"), "d-1")

    assert answer.body["work"]["deployment"] is None


def test_device_that_had_no_release_is_sent_back_to_none(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    fleet.tell("device/d-1", InstallRelease("dep-1", "batch/dep-1/canary/1", RELEASE))
    for state, running in (("installing", None), ("done", "1.1.0")):
        fleet.device("POST", PROGRESS, _progress(state, running), "d-1")
        fleet.run_agents()
    fleet.tell("device/d-1", RollBackRelease("dep-1", "batch/dep-1/canary/rollback/1", RELEASE))

    answer = fleet.device("POST", "/device/v1/heartbeats", heartbeat("d-1", "1.1.0"), "d-1")

    assert answer.body["work"]["deployment"] == {"deployment_id": "dep-1", "action": "roll_back", "release": None}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/device/v1/heartbeats", heartbeat("d-2")),
        (PROGRESS, _progress("done") | {"device_id": "d-2"}),
        ("/device/v1/tasks/t-1/result", {"device_id": "d-2", "succeeded": True, "result": None}),
    ],
)
def test_token_used_for_another_device_is_a_403(busy: FleetInMemory, path: str, body: dict[str, Any]) -> None:
    busy.enrol("d-2")
    before = busy.written()

    answer = busy.device("POST", path, body, speaker="d-1")

    assert (answer.status, answer.error["code"], answer.error["field"]) == (403, "other_device", "device_id")
    assert busy.written() == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/device/v1/heartbeats", heartbeat("d-1")),
        ("POST", PROGRESS, _progress("done")),
        ("GET", "/device/v1/releases/1.1.0/artifact", None),
        ("POST", "/device/v1/tasks/t-1/result", {"device_id": "d-1", "succeeded": True}),
    ],
)
def test_request_that_passed_no_authorizer_is_a_401(
    busy: FleetInMemory, method: str, path: str, body: dict[str, Any] | None
) -> None:
    before = busy.written()

    assert busy.device(method, path, body).status == 401
    assert busy.written() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sampled_at": "2026-03-01T12:00:00"}, "sampled_at"),
        ({"sampled_at": "yesterday"}, "sampled_at"),
        ({"boot_id": ""}, "boot_id"),
        ({"running_release": "../1"}, "running_release"),
        ({"vitals": {"cpu_percent": 101, "memory_percent": 1, "disk_percent": 1}}, "vitals.cpu_percent"),
        ({"vitals": {"cpu_percent": -1, "memory_percent": 1, "disk_percent": 1}}, "vitals.cpu_percent"),
        ({"vitals": {"cpu_percent": "5", "memory_percent": 1, "disk_percent": 1}}, "vitals.cpu_percent"),
        ({"vitals": {"cpu_percent": 1, "memory_percent": 1}}, "vitals.disk_percent"),
        (
            {"vitals": {"cpu_percent": 1, "memory_percent": 1, "disk_percent": 1, "crash_count": -1}},
            "vitals.crash_count",
        ),
        ({"vitals": None}, "vitals"),
        ({"mood": "good"}, "mood"),
    ],
)
def test_bad_heartbeat_is_a_422_that_names_the_field(fleet: FleetInMemory, change: dict[str, Any], field: str) -> None:
    before = fleet.written()

    answer = fleet.device("POST", "/device/v1/heartbeats", heartbeat("d-1") | change, "d-1")

    assert (answer.status, answer.error["field"]) == (422, field)
    assert fleet.written() == before


def test_install_is_followed_to_its_end(busy: FleetInMemory) -> None:
    for state in ("downloading", "installing", "verifying"):
        answer = busy.device("POST", PROGRESS, _progress(state), "d-1")
        busy.run_agents()
        assert (answer.status, answer.body) == (202, {"accepted": True})
        assert busy.state("device/d-1").deployment.state == state

    assert busy.device("POST", PROGRESS, _progress("done", "1.1.0"), "d-1").status == 202
    busy.run_agents()

    device = busy.state("device/d-1")
    assert (device.deployment.state, device.running_release) == ("done", "1.1.0")


def test_word_sent_again_is_one_message(busy: FleetInMemory) -> None:
    for _ in range(3):
        assert busy.device("POST", PROGRESS, _progress("downloading"), "d-1").status == 202

    assert len(busy.told()) == 1


def test_end_sent_again_after_it_was_taken_is_accepted(busy: FleetInMemory) -> None:
    failed = _progress("failed", reason="digest differs")
    busy.device("POST", PROGRESS, failed, "d-1")
    busy.run_agents()
    state = busy.state("device/d-1")

    assert busy.device("POST", PROGRESS, failed, "d-1").status == 202
    busy.run_agents()

    assert busy.state("device/d-1") == state


@pytest.mark.parametrize("state", ["downloading", "installing"])
def test_device_shall_not_begin_what_was_called_off(busy: FleetInMemory, state: str) -> None:
    busy.tell("device/d-1", WithdrawInstall("dep-1", InstallState.CANCELLED, "halted"))
    before = busy.written()

    answer = busy.device("POST", PROGRESS, _progress(state), "d-1")

    assert (answer.status, answer.error["code"]) == (409, "not_in_hand")
    assert busy.written() == before


def test_device_that_was_given_up_is_still_heard_when_it_ends(busy: FleetInMemory) -> None:
    busy.tell("device/d-1", WithdrawInstall("dep-1", InstallState.SILENT, "not heard"))

    assert busy.device("POST", PROGRESS, _progress("verifying"), "d-1").status == 202
    assert busy.device("POST", PROGRESS, _progress("done", "1.1.0"), "d-1").status == 202
    busy.run_agents()

    assert busy.state("device/d-1").deployment.state == "done"


def test_rollback_is_reported_by_the_same_route(busy: FleetInMemory) -> None:
    for state, running in (("installing", "1.0.0"), ("done", "1.1.0")):
        busy.device("POST", PROGRESS, _progress(state, running), "d-1")
        busy.run_agents()
    busy.tell("device/d-1", RollBackRelease("dep-1", "batch/dep-1/canary/rollback/1", RELEASE))
    assert busy.state("device/d-1").deployment.purpose is BatchPurpose.ROLL_BACK

    for state, running in (("installing", "1.1.0"), ("done", "1.0.0")):
        assert busy.device("POST", PROGRESS, _progress(state, running), "d-1").status == 202
        busy.run_agents()

    device = busy.state("device/d-1")
    assert (device.deployment.state, device.running_release) == ("rolled_back", "1.0.0")


def test_progress_of_another_deployment_is_a_409(busy: FleetInMemory) -> None:
    answer = busy.device("POST", "/device/v1/deployments/dep-0/progress", _progress("done"), "d-1")

    assert (answer.status, answer.error["code"]) == (409, "not_in_hand")


def test_progress_of_an_unknown_deployment_is_a_404_that_names_it(busy: FleetInMemory) -> None:
    answer = busy.device("POST", "/device/v1/deployments/nothing/progress", _progress("done"), "d-1")

    assert (answer.status, answer.error["message"]) == (404, "there is no deployment 'nothing'")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"state": "offered"}, "state"),
        ({"state": "silent"}, "state"),
        ({"state": "finished"}, "state"),
        ({"reason": "x" * 1001}, "reason"),
        ({"running_release": 1}, "running_release"),
    ],
)
def test_bad_progress_is_a_422_that_names_the_field(busy: FleetInMemory, change: dict[str, Any], field: str) -> None:
    before = busy.written()

    answer = busy.device("POST", PROGRESS, _progress("done") | change, "d-1")

    assert (answer.status, answer.error["field"]) == (422, field)
    assert busy.written() == before


def test_artifact_has_a_url_a_size_and_a_digest(fleet: FleetInMemory) -> None:
    fleet.release("1.1.0", b"content")

    artifact = fleet.device("GET", "/device/v1/releases/1.1.0/artifact", speaker="d-1").body

    assert artifact["url"].startswith("memory://download/1.1.0/")
    assert (artifact["size_bytes"], artifact["sha256"]) == (7, hashlib.sha256(b"content").hexdigest())
    assert artifact["expires_in_seconds"] == 900


def test_artifact_that_is_not_there_or_not_ready_is_a_404(fleet: FleetInMemory) -> None:
    draft = {"version": "2.0", "size_bytes": 1, "sha256": "0" * 64, "file_name": "a"}
    fleet.operator("POST", "/v1/releases", draft)

    for version in ("2.0", "9.9"):
        answer = fleet.device("GET", f"/device/v1/releases/{version}/artifact", speaker="d-1")

        assert (answer.status, answer.error["message"]) == (404, f"there is no release '{version}'")


def test_result_of_a_task_is_taken_and_its_repeat_accepted(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    fleet.operator("POST", "/v1/tasks", {"task_id": "t-1", "type": "t", "target": "d-1"})
    fleet.run_agents()
    result = {"device_id": "d-1", "succeeded": True, "result": [1, 2]}

    first = fleet.device("POST", "/device/v1/tasks/t-1/result", result, "d-1")
    fleet.run_agents()
    again = fleet.device("POST", "/device/v1/tasks/t-1/result", result, "d-1")

    assert (first.status, again.status) == (202, 202)
    assert fleet.operator("GET", "/v1/tasks/t-1").body["result"] == [1, 2]
    assert fleet.told() == []


def test_result_of_a_task_that_is_not_in_hand_is_a_404(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    before = fleet.written()

    answer = fleet.device(
        "POST", "/device/v1/tasks/nothing/result", {"device_id": "d-1", "succeeded": True, "result": 1}, "d-1"
    )

    assert (answer.status, answer.error["message"]) == (404, "there is no task 'nothing'")
    assert fleet.written() == before


def test_too_large_a_result_is_a_422(fleet: FleetInMemory) -> None:
    body = {"device_id": "d-1", "succeeded": True, "result": "x" * 40_000}

    answer = fleet.device("POST", "/device/v1/tasks/t-1/result", body, "d-1")

    assert (answer.status, answer.error["field"]) == (422, "result")
