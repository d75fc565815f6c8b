"""The routes of tasks."""

from typing import Any

import pytest

from lambdas.agents.task_scheduler.state import CANDIDATES_LIMIT
from tests.unit.api.fleet_in_memory import FleetInMemory

TASK: dict[str, Any] = {"task_id": "t-1", "type": "collect-logs", "payload": {"lines": 100}}


def test_task_goes_to_its_target_and_comes_back_with_a_result(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")

    accepted = fleet.operator("POST", "/v1/tasks", TASK | {"target": "d-1"})
    fleet.run_agents()

    assert (accepted.status, accepted.body["task_id"]) == (202, "t-1")
    assigned = fleet.operator("GET", "/v1/tasks/t-1").body
    assert (assigned["status"], assigned["device_id"], assigned["attempt"]) == ("assigned", "d-1", 1)
    assert assigned["payload"] == {"lines": 100}

    done = {"device_id": "d-1", "succeeded": True, "result": {"lines": ["a"]}}
    fleet.device("POST", "/device/v1/tasks/t-1/result", done, "d-1")
    fleet.run_agents()

    ended = fleet.operator("GET", "/v1/tasks/t-1").body
    assert (ended["status"], ended["result"]) == ("succeeded", {"lines": ["a"]})


def test_task_without_a_target_goes_to_the_least_loaded_device_that_is_online(fleet: FleetInMemory) -> None:
    for device_id, cpu_percent in (("busy", 90.0), ("idle", 5.0), ("middling", 50.0)):
        fleet.enrol(device_id)
        fleet.hear(device_id, cpu_percent=cpu_percent)
    fleet.enrol("never-heard")

    fleet.operator("POST", "/v1/tasks", TASK)
    fleet.run_agents()

    assert fleet.operator("GET", "/v1/tasks/t-1").body["device_id"] == "idle"


def test_no_more_candidates_are_named_than_the_scheduler_keeps(fleet: FleetInMemory) -> None:
    for number in range(CANDIDATES_LIMIT + 5):
        fleet.enrol(f"d-{number:02d}")
        fleet.hear(f"d-{number:02d}", cpu_percent=number)

    fleet.operator("POST", "/v1/tasks", TASK)
    fleet.run_agents()

    (queued,) = fleet.state("task_scheduler/0").tasks
    assert len(queued.candidates) == CANDIDATES_LIMIT
    assert {candidate.device_id for candidate in queued.candidates} == {f"d-{n:02d}" for n in range(CANDIDATES_LIMIT)}


def test_asset_without_a_client_gets_no_task(fleet: FleetInMemory) -> None:
    fleet.operator("POST", "/add_asset", {"id": "asset-1", "name": "Printer"})

    answer = fleet.operator("POST", "/v1/tasks", TASK)

    assert (answer.status, answer.error["code"]) == (409, "no_device_available")
    assert "spawn_agent" in answer.error["remedy"]


def test_simulated_device_does_a_task(fleet: FleetInMemory) -> None:
    fleet.operator("POST", "/spawn_agent", {"agent_id": "sim-1"})

    fleet.operator("POST", "/submit_task", TASK)

    assert fleet.operator("GET", "/status/t-1").body["device_id"] == "sim-1"


def test_same_task_again_is_the_same_task(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    fleet.operator("POST", "/v1/tasks", TASK | {"target": "d-1"})
    before = fleet.written()

    again = fleet.operator("POST", "/v1/tasks", TASK | {"target": "d-1"})

    assert (again.status, again.body["status"]) == (202, "assigned")
    assert fleet.written() == before


def test_other_task_of_the_same_id_is_a_409(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    fleet.operator("POST", "/v1/tasks", TASK | {"target": "d-1"})
    before = fleet.written()

    answer = fleet.operator("POST", "/v1/tasks", TASK | {"target": "d-1", "payload": {"lines": 5}})

    assert (answer.status, answer.error["code"]) == (409, "task_exists")
    assert fleet.written() == before


def test_task_for_an_unknown_device_is_a_404_that_names_it(fleet: FleetInMemory) -> None:
    before = fleet.written()

    answer = fleet.operator("POST", "/v1/tasks", TASK | {"target": "nobody"})

    assert (answer.status, answer.error["message"]) == (404, "there is no device 'nobody'")
    assert fleet.written() == before


@pytest.mark.parametrize("path", ["/v1/tasks/nothing", "/status/nothing"])
def test_unknown_task_is_a_404_that_names_it(fleet: FleetInMemory, path: str) -> None:
    answer = fleet.operator("GET", path)

    assert (answer.status, answer.error["message"]) == (404, "there is no task 'nothing'")


@pytest.mark.parametrize("path", ["/v1/tasks", "/submit_task"])
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": ""}, "type"),
        ({"type": None}, "type"),
        ({"payload": []}, "payload"),
        ({"payload": {"x": "y" * 40_000}}, "payload"),
        ({"priority": "urgent"}, "priority"),
        ({"target": "a/b"}, "target"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"max_attempts": 11}, "max_attempts"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"timeout_seconds": 90_000}, "timeout_seconds"),
        ({"task_id": "a b"}, "task_id"),
        ({"due": "now"}, "due"),
    ],
)
def test_bad_task_is_a_422_that_names_the_field(
    fleet: FleetInMemory, path: str, change: dict[str, object], field: str
) -> None:
    fleet.enrol("d-1")
    before = fleet.written()

    answer = fleet.operator("POST", path, TASK | change)

    assert (answer.status, answer.error["field"]) == (422, field)
    assert fleet.written() == before
