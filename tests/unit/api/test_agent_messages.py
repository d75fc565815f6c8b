"""Telling agents something, and commanding their runtime."""

from datetime import timedelta
from typing import Any

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.frames import Frame, decode_frame
from lambdas.actors.lanes import Lane
from lambdas.actors.ports import PortUnavailableError
from lambdas.agents.device.messages import AssignRing
from lambdas.api.message_reading import MESSAGE_LIMIT_BYTES
from lambdas.api.views.agent_messages import MESSAGE_EXPIRY_LIMIT_SECONDS
from tests.unit.api.fleet_in_memory import NOON, Answer, FleetInMemory

MESSAGES = "/v1/agents/device/d-1/messages"
ASSIGN = {"type": "AssignRing", "data": {"ring": "early"}}
DETAILS = {"name": "", "manufacturer": "", "model": "", "os_name": "", "site": "", "department": ""}


def _frames(fleet: FleetInMemory) -> list[Frame]:
    return [decode_frame(one.body, ActorId.parse(one.agent)) for one in fleet.mailboxes.waiting()]


def _refused(fleet: FleetInMemory, path: str, body: Any, **request: Any) -> Answer:
    before = fleet.written()
    answer = fleet.operator("POST", path, body, **request)
    assert fleet.written() == before
    return answer


def test_message_reaches_the_agent(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="canary")

    answer = fleet.operator("POST", MESSAGES, ASSIGN)
    fleet.run_agents()

    assert (answer.status, answer.body) == (
        202,
        {"agent": "device/d-1", "type": "AssignRing", "lane": "normal", "expires_at": None, "idempotency_key": None},
    )
    assert fleet.state("device/d-1").ring == "early"


@pytest.mark.parametrize("key", ["dep-1/canary/1", "dep-1/messages", "a:b.c_d"])
def test_key_of_an_agent_may_hold_slashes_also_where_it_ends_like_a_route(fleet: FleetInMemory, key: str) -> None:
    answer = fleet.operator("POST", f"/v1/agents/batch/{key}/messages", {"type": "BatchTimedOut"})

    assert (answer.status, answer.body["agent"]) == (202, f"batch/{key}")


def test_message_goes_through_the_lane_that_is_named_and_expires_when_told(fleet: FleetInMemory) -> None:
    answer = fleet.operator("POST", MESSAGES, ASSIGN | {"lane": "control", "expires_in_seconds": 60})

    (record,) = fleet.mailboxes.waiting()
    (frame,) = _frames(fleet)
    assert record.queue == "device.control"
    assert frame.messages[0].expires == NOON + timedelta(seconds=60)
    assert answer.body["expires_at"] == "2026-03-01T12:01:00Z"


def test_lane_that_the_kind_has_not_is_refused_naming_its_lanes(fleet: FleetInMemory) -> None:
    answer = _refused(fleet, "/v1/agents/task/t-1/messages", {"type": "TaskMoved", "lane": "control"})

    assert (answer.status, answer.error["field"], answer.error["remedy"]) == (422, "lane", "Lanes of task: normal.")
    assert _refused(fleet, MESSAGES, ASSIGN | {"lane": "fast"}).error["field"] == "lane"


def test_message_for_an_unknown_kind_is_a_404_that_names_the_known_ones(fleet: FleetInMemory) -> None:
    for path in ("messages", "ask", "suspend"):
        body = {"reason": "r"} if path == "suspend" else ASSIGN
        answer = _refused(fleet, f"/v1/agents/wizard/merlin/{path}", body)

        assert (answer.status, answer.error["code"]) == (404, "unknown_agent_kind")
        assert "ring_analyst" in answer.error["remedy"]


def test_key_that_no_agent_can_bear_is_a_404(fleet: FleetInMemory) -> None:
    assert _refused(fleet, "/v1/agents/device/a b/messages", ASSIGN).status == 404
    assert _refused(fleet, f"/v1/agents/device/{'a' * 122}/messages", ASSIGN).status == 404
    assert fleet.operator("POST", f"/v1/agents/device/{'a' * 121}/messages", ASSIGN).status == 202


def test_unknown_message_type_is_refused_naming_the_known_ones(fleet: FleetInMemory) -> None:
    answer = _refused(fleet, MESSAGES, {"type": "MakeCoffee"})

    assert (answer.status, answer.error["code"], answer.error["field"]) == (422, "unknown_message_type", "type")
    assert "AssignRing" in answer.error["remedy"]
    assert "InstallRelease" in answer.error["remedy"]


@pytest.mark.parametrize("name", ["$suspend", "$answer", "$start", "$anything"])
def test_message_of_the_runtime_is_not_sent_as_a_message(fleet: FleetInMemory, name: str) -> None:
    answer = _refused(fleet, MESSAGES, {"type": name, "data": {"reason": "r"}})

    assert (answer.status, answer.error["code"], answer.error["field"]) == (422, "system_message", "type")
    assert "/suspend" in answer.error["remedy"]


@pytest.mark.parametrize(
    ("message_type", "data", "field"),
    [
        ("AssignRing", {}, "data.ring"),
        ("AssignRing", {"ring": 7}, "data.ring"),
        ("AssignRing", {"ring": "early", "rign": 1}, "data.rign"),
        ("InstallProgressed", {"deployment_id": "d", "state": "dreaming"}, "data.state"),
        (
            "RegisterDevice",
            {"details": {**DETAILS, "name": None}, "ring": "early", "is_simulated": False, "has_client": True},
            "data.details.name",
        ),
        (
            "RegisterDevice",
            {"details": {**DETAILS, "nmae": "x"}, "ring": "early", "is_simulated": False, "has_client": True},
            "data.details.nmae",
        ),
        ("DeviceFellSilent", {"last_seen": "yesterday"}, "data.last_seen"),
    ],
)
def test_data_that_do_not_fit_their_type_are_refused_naming_the_field(
    fleet: FleetInMemory, message_type: str, data: dict[str, Any], field: str
) -> None:
    answer = _refused(fleet, MESSAGES, {"type": message_type, "data": data})

    assert (answer.status, answer.error["code"], answer.error["field"]) == (422, "invalid_message", field)
    assert answer.error["message"].startswith(message_type)


@pytest.mark.parametrize("seconds", [0, -1, MESSAGE_EXPIRY_LIMIT_SECONDS + 1, "60", True])
def test_expiry_beyond_what_a_mailbox_keeps_is_refused(fleet: FleetInMemory, seconds: Any) -> None:
    assert _refused(fleet, MESSAGES, ASSIGN | {"expires_in_seconds": seconds}).error["field"] == "expires_in_seconds"
    body = ASSIGN | {"expires_in_seconds": MESSAGE_EXPIRY_LIMIT_SECONDS}
    assert fleet.operator("POST", MESSAGES, body).status == 202


def test_message_beyond_its_limit_is_refused_and_one_at_the_limit_is_sent(fleet: FleetInMemory) -> None:
    longest = MESSAGE_LIMIT_BYTES - len('{"ring":""}')
    answer = _refused(fleet, MESSAGES, {"type": "AssignRing", "data": {"ring": "r" * (longest + 1)}})

    assert (answer.status, answer.error["code"]) == (422, "message_too_large")
    assert fleet.operator("POST", MESSAGES, {"type": "AssignRing", "data": {"ring": "r" * longest}}).status == 202


def test_characters_that_sqs_does_not_take_arrive_all_the_same(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    ring = "a\uffff\ufffe\x00ü\U0001f600"

    fleet.operator("POST", MESSAGES, {"type": "AssignRing", "data": {"ring": ring}})
    assert bytes(_frames(fleet)[0].messages[0].data) == rb'{"ring":"a\uffff\ufffe\u0000\u00fc\ud83d\ude00"}'
    fleet.run_agents()

    assert fleet.state("device/d-1").ring == ring


def test_same_request_under_one_key_takes_effect_once_however_late_it_is_repeated(fleet: FleetInMemory) -> None:
    headers = {"idempotency-key": "move-1"}
    fleet.enrol("d-1", ring="broad")
    fleet.operator("POST", MESSAGES, ASSIGN, headers=headers)
    fleet.run_agents()
    fleet.tell("device/d-1", AssignRing("canary"))

    fleet.now += timedelta(hours=23)
    fleet.mailboxes._seen.clear()  # SQS drops repeats for five minutes only
    repeated = fleet.operator("POST", MESSAGES, ASSIGN, headers=headers)
    fleet.run_agents()

    assert (repeated.status, repeated.body["idempotency_key"]) == (202, "move-1")
    assert fleet.state("device/d-1").ring == "canary"


def test_key_names_a_request_to_one_agent_only(fleet: FleetInMemory) -> None:
    headers = {"idempotency-key": "move-1"}
    for device in ("d-1", "d-2"):
        fleet.enrol(device, ring="broad")
        fleet.operator("POST", f"/v1/agents/device/{device}/messages", ASSIGN, headers=headers)
    fleet.run_agents()

    assert [fleet.state(f"device/{device}").ring for device in ("d-1", "d-2")] == ["early", "early"]


def test_key_that_stood_for_another_message_leaves_a_letter_and_changes_nothing(fleet: FleetInMemory) -> None:
    headers = {"idempotency-key": "move-1"}
    fleet.enrol("d-1")
    fleet.operator("POST", MESSAGES, ASSIGN, headers=headers)
    fleet.operator("POST", MESSAGES, {"type": "AssignRing", "data": {"ring": "canary"}}, headers=headers)
    fleet.run_agents(may_fail=True)

    assert fleet.state("device/d-1").ring == "early"
    (letter,) = fleet.operator("GET", "/v1/dead-letters").body["letters"]
    assert (letter["kind"], letter["agent"]) == ("refused", "device/d-1")
    assert "move-1" in letter["reason"]


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 129, "ä", "tab\t"])
def test_key_that_is_no_key_is_refused(fleet: FleetInMemory, key: str) -> None:
    for path in (MESSAGES, "/v1/agents/device/d-1/ask"):
        answer = _refused(fleet, path, ASSIGN, headers={"idempotency-key": key})

        assert (answer.status, answer.error["field"]) == (422, "idempotency-key")


@pytest.mark.parametrize("key", ["k", "k" * 128, "!~"])
def test_key_of_visible_characters_is_taken(fleet: FleetInMemory, key: str) -> None:
    assert fleet.operator("POST", MESSAGES, ASSIGN, headers={"Idempotency-Key": key}).status == 202


@pytest.mark.parametrize(("command", "status"), [("suspend", "suspended"), ("resume", "running"), ("reset", "running")])
def test_command_overtakes_in_the_control_lane_and_says_who_gave_it(
    fleet: FleetInMemory, command: str, status: str
) -> None:
    fleet.enrol("d-1", ring="early")

    answer = fleet.operator("POST", f"/v1/agents/device/d-1/{command}", {"reason": "  being looked at "})
    (record,) = fleet.mailboxes.waiting()
    fleet.run_agents()

    assert (answer.status, record.queue) == (202, "device.control")
    assert answer.body == {
        "agent": "device/d-1", "command": command, "lane": "control", "reason": "being looked at",
    }  # fmt: skip
    shown = fleet.operator("GET", "/v1/agents/device/d-1").body
    assert shown["status"] == status
    assert shown["status_reason"] == ("operator: being looked at" if command == "suspend" else "")
    assert shown["incarnation"] == (1 if command == "reset" else 0)


def test_command_to_a_kind_without_a_control_lane_takes_the_normal_one(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    fleet.operator("POST", "/v1/tasks", {"task_id": "t-1", "type": "t", "target": "d-1"})

    assert fleet.operator("POST", "/v1/agents/task/t-1/suspend", {"reason": "r"}).body["lane"] == "normal"


def test_messages_to_a_suspended_agent_are_held_and_handled_in_order_when_it_is_resumed(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="broad")
    fleet.operator("POST", "/v1/agents/device/d-1/suspend", {"reason": "look"})
    fleet.run_agents()
    for ring in ("early", "canary"):
        fleet.operator("POST", MESSAGES, {"type": "AssignRing", "data": {"ring": ring}})
    fleet.run_agents()
    assert fleet.state("device/d-1").ring == "broad"
    assert fleet.operator("GET", "/v1/agents/device/d-1").body["waiting"] == 2

    fleet.operator("POST", "/v1/agents/device/d-1/resume", {"reason": "done"})
    fleet.run_agents()

    assert fleet.state("device/d-1").ring == "canary"
    assert fleet.operator("GET", "/v1/agents/device/d-1").body["status"] == "running"


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "   "}, {"reason": "r" * 501}, {"reason": 5}])
def test_command_without_a_reason_is_refused(fleet: FleetInMemory, body: Any) -> None:
    fleet.enrol("d-1")

    for command in ("suspend", "resume", "reset"):
        answer = _refused(fleet, f"/v1/agents/device/d-1/{command}", body)
        assert (answer.status, answer.error["field"]) == (422, "reason")
    assert fleet.operator("POST", "/v1/agents/device/d-1/suspend", {"reason": "r" * 500}).status == 202


def test_command_to_an_agent_that_was_never_told_anything_is_a_404(fleet: FleetInMemory) -> None:
    answer = _refused(fleet, "/v1/agents/device/nobody/suspend", {"reason": "r"})

    assert (answer.status, answer.error["code"]) == (404, "unknown_agent")
    assert "device/nobody" in answer.error["message"]


def test_full_mailbox_takes_no_further_message_but_takes_commands(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    fleet.depths.depths = {"device": 20_000, "device.control": 10**6}

    for path in (MESSAGES, "/v1/agents/device/d-1/ask"):
        answer = _refused(fleet, path, ASSIGN)
        assert (answer.status, answer.error["code"]) == (429, "overloaded")
        assert "'device' has a backlog of 20000" in answer.error["message"]
        assert answer.raw["headers"]["Retry-After"] == "1"
    assert fleet.operator("POST", MESSAGES, ASSIGN | {"lane": Lane.CONTROL}).status == 202
    assert fleet.operator("POST", "/v1/agents/device/d-1/suspend", {"reason": "r"}).status == 202


def test_full_scheduler_takes_no_further_task(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    task = {"task_id": "t-1", "type": "t", "target": "d-1"}
    fleet.operator("POST", "/v1/tasks", task)
    fleet.depths.depths = {"task_scheduler": 1_500}

    for path in ("/v1/tasks", "/submit_task"):
        answer = _refused(fleet, path, task | {"task_id": "t-2"})
        assert (answer.status, answer.raw["headers"]["Retry-After"]) == (429, "11")
    assert fleet.operator("POST", "/v1/tasks", task).status == 202, "a task that stands already adds nothing"


def test_full_mailbox_of_deployments_lets_no_new_one_begin(fleet: FleetInMemory) -> None:
    fleet.release("1.0.0")
    fleet.depths.depths = {"deployment": 30_000}

    for path in ("/v1/deployments", "/start_deployment"):
        answer = _refused(fleet, path, {"deployment_id": "dep-1", "release": "1.0.0"})
        assert (answer.status, answer.raw["headers"]["Retry-After"]) == (429, "21")


def test_mailbox_whose_depth_is_not_known_takes_messages(fleet: FleetInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any) -> int:
        raise PortUnavailableError("SQS did not answer")

    monkeypatch.setattr(type(fleet.depths), "depth", unknown)

    assert fleet.operator("POST", MESSAGES, ASSIGN).status == 202
