from typing import TYPE_CHECKING, Any

import pytest

from tests.live_system.device_voice import DeviceVoice
from tests.live_system.whole_system import WholeSystem

if TYPE_CHECKING:
    from tests.conftest import Ringtree

ASSIGN = {"type": "AssignRing", "data": {"ring": "canary"}}
UNKNOWN_LETTER = "WyJkZXZpY2Uvbm9ib2R5IiwicGFya2VkLzEiXQ"

REFUSED: list[tuple[str, Any, int, str]] = [
    ("/v1/agents/wizard/merlin/messages", ASSIGN, 404, "kind"),
    ("/v1/agents/wizard/merlin/ask", ASSIGN, 404, "kind"),
    ("/v1/agents/device/{device}/messages", {"type": "MakeCoffee"}, 422, "type"),
    ("/v1/agents/device/{device}/messages", {"type": "$reset", "data": {"reason": "r"}}, 422, "type"),
    ("/v1/agents/device/{device}/messages", {"type": "$stop", "data": {}}, 422, "type"),
    ("/v1/agents/device/{device}/messages", {"data": {}}, 422, "type"),
    ("/v1/agents/device/{device}/messages", {"type": "AssignRing"}, 422, "data.ring"),
    ("/v1/agents/device/{device}/messages", {"type": "AssignRing", "data": {"ring": 7}}, 422, "data.ring"),
    ("/v1/agents/device/{device}/messages", {"type": "AssignRing", "data": {"ring": "x", "rign": 1}}, 422, "data.rign"),
    ("/v1/agents/device/{device}/messages", {"type": "AssignRing", "data": []}, 422, "data"),
    ("/v1/agents/device/{device}/messages", ASSIGN | {"lane": "fast"}, 422, "lane"),
    ("/v1/agents/device/{device}/messages", ASSIGN | {"lane": "bulk"}, 422, "lane"),
    ("/v1/agents/device/{device}/messages", ASSIGN | {"expires_in_seconds": 0}, 422, "expires_in_seconds"),
    ("/v1/agents/device/{device}/messages", {"type": "AssignRing", "data": {"ring": "r" * 140_000}}, 422, "data"),
    ("/v1/agents/device/{device}/ask", {"type": "MakeCoffee"}, 422, "type"),
    ("/v1/agents/device/{device}/ask", ASSIGN | {"timeout_seconds": 26}, 422, "timeout_seconds"),
    ("/v1/agents/device/{device}/ask", ASSIGN | {"expires_in_seconds": 86_401}, 422, "expires_in_seconds"),
    ("/v1/agents/device/{device}/suspend", {}, 422, "reason"),
    ("/v1/agents/device/{device}/resume", {"reason": ""}, 422, "reason"),
    ("/v1/agents/device/{device}/reset", {"reason": "r" * 501}, 422, "reason"),
    ("/v1/agents/device/nobody/suspend", {"reason": "r"}, 404, "key"),
    ("/v1/agents/wizard/merlin/reset", {"reason": "r"}, 404, "kind"),
    (f"/v1/dead-letters/{UNKNOWN_LETTER}/replay", {"reason": "r"}, 404, "address"),
    (f"/v1/dead-letters/{UNKNOWN_LETTER}/drop", {"reason": "r"}, 404, "address"),
    ("/v1/dead-letters/nonsense/drop", {"reason": "r"}, 404, "address"),
    (f"/v1/dead-letters/{UNKNOWN_LETTER}/drop", {}, 422, "reason"),
]

UNREADABLE: list[tuple[str, str]] = [
    ("/v1/promises/nothing", "promise_id"),
    (f"/v1/promises/{'p' * 500}", "promise_id"),
    (f"/v1/dead-letters/{UNKNOWN_LETTER}", "address"),
    ("/v1/dead-letters/nonsense", "address"),
]


def test_what_agents_cannot_take_is_refused_by_name_and_nothing_is_written(
    ringtree: "Ringtree", device: DeviceVoice, whole_system: WholeSystem
) -> None:
    letters = ringtree.operator.get("/v1/dead-letters").json()["letters"]
    with whole_system.stays_as_it_is():
        for path, body, status, field in REFUSED:
            answer = ringtree.operator.post(path.replace("{device}", device.device_id), json=body)

            assert answer.status_code == status, f"{path} {str(body)[:100]}: {answer.text}"
            error = answer.json()["error"]
            assert error["field"] == field, f"{path} {str(body)[:100]}: {error}"
            assert error["remedy"]

    assert ringtree.operator.get("/v1/dead-letters").json()["letters"] == letters


def test_what_is_not_there_is_told_by_name(ringtree: "Ringtree") -> None:
    for path, field in UNREADABLE:
        answer = ringtree.operator.get(path)

        assert (answer.status_code, answer.json()["error"]["field"]) == (404, field), answer.text


@pytest.mark.parametrize("key", ["k" * 129, "a b", "tab\tinside"])
def test_idempotency_key_that_is_none_is_refused(
    ringtree: "Ringtree", device: DeviceVoice, whole_system: WholeSystem, key: str
) -> None:
    with whole_system.stays_as_it_is():
        for route in ("messages", "ask"):
            path = f"/v1/agents/device/{device.device_id}/{route}"
            answer = ringtree.operator.post(path, json=ASSIGN, headers={"Idempotency-Key": key})

            assert answer.status_code == 422, answer.text
            assert answer.json()["error"]["field"] == "idempotency-key"


@pytest.mark.parametrize("query", [{"cursor": "nonsense"}, {"limit": "0"}, {"limit": "501"}, {"agent": ""}])
def test_list_of_letters_that_cannot_be_is_refused(ringtree: "Ringtree", query: dict[str, str]) -> None:
    answer = ringtree.operator.get("/v1/dead-letters", params=query)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, next(iter(query)))
