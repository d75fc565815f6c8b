"""Asking agents, and the promises that come of it."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.frames import decode_frame
from lambdas.actors.outbox import PromiseOutcome
from lambdas.actors.ports import PortUnavailableError
from lambdas.api.views.agent_messages import ASK_EXPIRY_LIMIT_SECONDS
from tests.unit.api.fleet_in_memory import NOON, FleetInMemory

ASK = "/v1/agents/device/d-1/ask"
ASSIGN = {"type": "AssignRing", "data": {"ring": "early"}}
KEY = {"idempotency-key": "move-1"}


def _later(fleet: FleetInMemory, **changes: Any) -> Any:
    """A promise whose agent does not run meanwhile."""
    fleet.are_agents_running = False
    return fleet.operator("POST", ASK, ASSIGN | {"timeout_seconds": 0} | changes).body


def test_answer_of_the_agent_is_the_answer_of_the_request(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="broad")

    answer = fleet.operator("POST", ASK, ASSIGN)

    assert answer.status == 200
    assert fleet.state("device/d-1").ring == "early"
    promise_id = answer.body["promise_id"]
    assert answer.body == {
        "promise_id": promise_id,
        "agent": "device/d-1",
        "message_type": "AssignRing",
        "deadline": "2026-03-01T12:05:00Z",
        "status": "settled",
        "outcome": "replied",
        "type": None,
        "value": None,
        "reason": None,
    }
    assert fleet.operator("GET", f"/v1/promises/{promise_id}").body == answer.body


def test_question_names_its_promise_and_its_deadline(fleet: FleetInMemory) -> None:
    promise = _later(fleet, expires_in_seconds=60)

    (record,) = fleet.mailboxes.waiting()
    (message,) = decode_frame(record.body, ActorId("device", "d-1")).messages
    assert message.reply_to == f"promise:{promise['promise_id']}"
    assert message.expires == NOON + timedelta(seconds=60)


def test_agent_that_takes_too_long_leaves_a_promise_to_read(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    fleet.are_agents_running = False

    answer = fleet.operator("POST", ASK, ASSIGN | {"timeout_seconds": 3})

    assert (answer.status, answer.body["status"], answer.body["outcome"]) == (202, "open", None)
    assert fleet.now == NOON + timedelta(seconds=3)
    place = answer.raw["headers"]["Location"]
    assert place == f"/v1/promises/{answer.body['promise_id']}"
    fleet.run_agents()
    assert fleet.operator("GET", place).body["outcome"] == "replied"


def test_promise_past_its_deadline_is_timed_out_for_ever(fleet: FleetInMemory) -> None:
    promise = _later(fleet, expires_in_seconds=60)
    fleet.now += timedelta(seconds=60)
    place = f"/v1/promises/{promise['promise_id']}"

    assert fleet.operator("GET", place).body["outcome"] == "timed_out"
    fleet.promises.keep([PromiseOutcome(promise["promise_id"], EncodedAnswer(Outcome.REPLIED))])
    assert fleet.operator("GET", place).body["outcome"] == "timed_out"


def test_rejection_and_value_are_shown_without_task_tokens(fleet: FleetInMemory) -> None:
    kept = _later(fleet)["promise_id"]
    refused = _later(fleet)["promise_id"]
    value = msgspec.Raw(b'{"devices":3,"inside":[{"task_token":"secret"}]}')
    fleet.promises.keep([PromiseOutcome(kept, EncodedAnswer(Outcome.REPLIED, "Counted", value))])
    fleet.promises.keep([PromiseOutcome(refused, EncodedAnswer(Outcome.REJECTED, reason="not now"))])

    shown = fleet.operator("GET", f"/v1/promises/{kept}").body
    assert (shown["type"], shown["value"]) == ("Counted", {"devices": 3, "inside": [{}]})
    shown = fleet.operator("GET", f"/v1/promises/{refused}").body
    assert (shown["outcome"], shown["reason"], shown["value"]) == ("rejected", "not now", None)


def test_same_question_under_one_key_is_one_promise_and_takes_effect_once(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1")
    first = fleet.operator("POST", ASK, ASSIGN, headers=KEY)
    version = fleet.operator("GET", "/v1/agents/device/d-1").body["version"]
    fleet.now += timedelta(minutes=10)

    second = fleet.operator("POST", ASK, ASSIGN | {"timeout_seconds": 1}, headers=KEY)
    fleet.run_agents()

    assert (second.status, second.body) == (200, first.body)
    assert fleet.operator("GET", "/v1/agents/device/d-1").body["version"] == version


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"ring": "canary"}},
        {"type": "WithdrawTask", "data": {"task_id": "t"}},
        {"lane": "control"},
        {"expires_in_seconds": 10},
    ],
)
def test_another_question_under_the_same_key_is_a_409(fleet: FleetInMemory, changes: dict[str, Any]) -> None:
    fleet.enrol("d-1")
    fleet.operator("POST", ASK, ASSIGN, headers=KEY)
    before = fleet.written()

    answer = fleet.operator("POST", ASK, ASSIGN | changes, headers=KEY)

    assert (answer.status, answer.error["code"]) == (409, "idempotency_key_reused")
    assert "'move-1'" in answer.error["message"]
    assert fleet.written() == before


def test_key_stands_for_another_promise_at_another_agent_and_beside_a_message(fleet: FleetInMemory) -> None:
    for device in ("d-1", "d-2"):
        fleet.enrol(device)
    asked = [
        fleet.operator("POST", f"/v1/agents/device/{device}/ask", ASSIGN, headers=KEY).body for device in ("d-1", "d-2")
    ]

    assert asked[0]["promise_id"] != asked[1]["promise_id"]
    assert fleet.operator("POST", "/v1/agents/device/d-1/messages", ASSIGN, headers=KEY).status == 202


def test_crash_between_promise_and_question_is_healed_by_asking_again(
    fleet: FleetInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.enrol("d-1", ring="broad")

    def down(*_: Any) -> None:
        raise PortUnavailableError("the mailbox is gone")

    with monkeypatch.context() as broken:
        broken.setattr(type(fleet.mailboxes), "post", down)
        assert fleet.operator("POST", ASK, ASSIGN, headers=KEY).status == 503
    fleet.now += timedelta(minutes=1)

    answer = fleet.operator("POST", ASK, ASSIGN, headers=KEY)

    assert (answer.status, answer.body["outcome"]) == (200, "replied")
    assert answer.body["deadline"] == "2026-03-01T12:05:00Z", "the deadline is that of the first request"
    assert fleet.state("device/d-1").ring == "early"


def test_question_without_a_key_is_a_promise_of_its_own_each_time(fleet: FleetInMemory) -> None:
    assert _later(fleet)["promise_id"] != _later(fleet)["promise_id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timeout_seconds", 20.1),
        ("timeout_seconds", -1),
        ("timeout_seconds", "3"),
        ("expires_in_seconds", 0),
        ("expires_in_seconds", ASK_EXPIRY_LIMIT_SECONDS + 1),
        ("expires_in_seconds", None),
    ],
)
def test_time_beyond_its_limit_is_refused(fleet: FleetInMemory, field: str, value: Any) -> None:
    answer = fleet.operator("POST", ASK, ASSIGN | {field: value})

    assert (answer.status, answer.error["field"]) == (422, field)


def test_longest_waits_are_possible(fleet: FleetInMemory) -> None:
    fleet.are_agents_running = False

    answer = fleet.operator("POST", ASK, ASSIGN | {"timeout_seconds": 20, "expires_in_seconds": 86_400})

    assert (answer.status, answer.body["deadline"]) == (202, "2026-03-02T12:00:00Z")


def test_question_is_checked_like_a_message(fleet: FleetInMemory) -> None:
    assert fleet.operator("POST", ASK, {"type": "MakeCoffee"}).error["code"] == "unknown_message_type"
    assert fleet.operator("POST", ASK, {"type": "$reset"}).error["code"] == "system_message"
    assert fleet.operator("POST", ASK, {"type": "AssignRing"}).error["field"] == "data.ring"
    assert not fleet.promises.promises


@pytest.mark.parametrize("promise_id", ["nothing", "a" * 64, "a" * 65, "a b", "a%b"])
def test_unknown_promise_is_a_404(fleet: FleetInMemory, promise_id: str) -> None:
    answer = fleet.operator("GET", f"/v1/promises/{promise_id}")

    assert (answer.status, answer.error["code"], answer.error["field"]) == (404, "unknown_promise", "promise_id")


def test_question_that_the_agent_can_never_handle_is_rejected_when_it_is_parked(fleet: FleetInMemory) -> None:
    """The edge knows the reactions of the newest code; an agent of older code parks what it does not know."""
    promise = _later(fleet)["promise_id"]
    (record,) = fleet.mailboxes.waiting()
    delivery = fleet.mailboxes.receive(record.queue)
    assert delivery is not None
    fleet.mailboxes.acknowledge(delivery)
    fleet.mailboxes.put("device/d-1", record.body.replace("AssignRing", "UnheardOf"))
    fleet.run_agents(may_fail=True)

    shown = fleet.operator("GET", f"/v1/promises/{promise}").body

    assert (shown["outcome"], shown["reason"][:7]) == ("rejected", "parked:")
