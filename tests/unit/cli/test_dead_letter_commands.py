"""``ringtree dead-letters``."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.cli.conftest import Outcome, ScriptedPlatform

Ringtree = Callable[..., Outcome]

LETTER = "/v1/dead-letters/WyJh-_"


def letter(status: str = "open", **changes: Any) -> dict[str, Any]:
    return {
        "address": "WyJh-_",
        "agent": "device/d-1",
        "letter_id": "parked/normal/1/0",
        "kind": "parked",
        "status": status,
        "reason": "KeyError: [red]",
        "parked_at": "2026-01-02T03:04:05Z",
        "lane": "normal",
        "attempts": 5,
        "message_types": ["AssignRing"],
        "messages": [{"type": "AssignRing", "data": {"ring": "early"}, "reply_to": None, "expires": None}],
        "text": None,
        "claim": None,
        "decision": None,
        "possible": ["replay", "drop"] if status == "open" else [],
        **changes,
    }


def test_letters_are_listed_of_one_agent(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("GET", "/v1/dead-letters", {"letters": [letter()], "cursor": "c-1"})

    code, out, err = ringtree("dead-letters", "list", "--agent", "device/d-1", "--limit", "5")

    assert (code, "--cursor c-1" in err) == (0, True)
    assert all(text in out for text in ("device/d-1", "parked", "AssignRing", "KeyError: [red]", "WyJh-_"))
    assert platform.requests[0].path == "/v1/dead-letters?agent=device%2Fd-1&limit=5"
    assert json.loads(ringtree("dead-letters", "list", "--json")[1])["cursor"] == "c-1"


def test_a_letter_is_shown_with_its_messages(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("GET", LETTER, letter())

    for options in ([], ["--json"]):
        shown = json.loads(ringtree("dead-letters", "show", "WyJh-_", *options)[1])
        assert shown["messages"][0]["data"] == {"ring": "early"}


@pytest.mark.parametrize(("decision", "status"), [("replay", "replayed"), ("drop", "dropped")])
def test_a_decision_carries_its_reason(platform: ScriptedPlatform, ringtree: Ringtree, decision: str, status: str):
    platform.answers("GET", LETTER, letter())
    platform.answers("POST", f"{LETTER}/{decision}", letter(status))

    code, out, _ = ringtree("dead-letters", decision, "WyJh-_", "--reason", "mended", "--yes")

    assert (code, out) == (0, f"letter of device/d-1 is {status}\n")
    assert platform.requests[-1].document == {"reason": "mended"}
    _, out, _ = ringtree("dead-letters", decision, "WyJh-_", "--reason", "mended", "--yes", "--json")
    assert json.loads(out)["status"] == status


@pytest.mark.parametrize("decision", ["replay", "drop"])
def test_a_decision_that_was_not_meant_is_not_sent(
    platform: ScriptedPlatform, ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch, decision: str
):
    platform.answers("GET", LETTER, letter())
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))

    code, out, err = ringtree("dead-letters", decision, "WyJh-_", "--reason", "mended")

    assert (code, out) == (1, "")
    assert f"{decision} AssignRing of device/d-1 (KeyError: [red])?" in err
    assert [request.method for request in platform.requests] == ["GET"]


@pytest.mark.parametrize("decision", ["replay", "drop"])
def test_a_decision_without_a_reason_is_wrong_usage(platform: ScriptedPlatform, ringtree: Ringtree, decision: str):
    assert ringtree("dead-letters", decision, "WyJh-_", "--yes")[0] == 2
    assert not platform.requests


def test_a_decision_that_is_not_possible_is_refused_by_the_platform_and_not_asked_about(
    platform: ScriptedPlatform, ringtree: Ringtree
):
    error = {"code": "letter_not_replayable", "message": "it is held in order", "remedy": "resume the agent"}
    platform.answers("GET", LETTER, letter(kind="held", possible=["drop"]))
    platform.answers("POST", f"{LETTER}/replay", {"error": error}, 409)

    code, _, err = ringtree("dead-letters", "replay", "WyJh-_", "--reason", "r")

    assert (code, err) == (7, "ringtree: it is held in order (409); resume the agent\n")


def test_a_drop_that_its_agent_has_not_heard_yet_says_how_to_look_again(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("GET", LETTER, letter(kind="held"))
    platform.answers("POST", f"{LETTER}/drop", letter(kind="held"), 202)

    _, out, _ = ringtree("dead-letters", "drop", "WyJh-_", "--reason", "r", "--yes")

    assert "ringtree dead-letters show WyJh-_" in out
