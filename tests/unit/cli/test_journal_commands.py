"""``ringtree agents journal`` and ``rebuild``, from arguments to output and exit code."""

import json
from collections.abc import Callable

import pytest

from tests.unit.cli.conftest import Outcome, ScriptedPlatform

Ringtree = Callable[..., Outcome]
JOURNAL = "/v1/agents/device/d-1/journal"
REBUILD = "/v1/agents/device/d-1/rebuild"


def version_document(version: int, **changes: object) -> dict[str, object]:
    return {
        "version": version,
        "committed_at": "2026-11-20T12:00:00.123456Z",
        "committed_by": "run-7",
        "lane": "normal",
        "inputs": [{"way": "message", "type": "DeviceHeard", "name": None, "count": 1}],
        "state_schema": 1,
        "state_bytes": 412,
        "digest": "0123456789abcdef" * 4,
        "has_state": True,
        **changes,
    }


def rebuild_document(outcome: str, **changes: object) -> dict[str, object]:
    nothing = {"reason": None, "since": None, "turns": None, "state": None, "divergence": None}
    return {"agent": "device/d-1", "version": 8, "outcome": outcome, **nothing, **changes}


def test_versions_are_listed_with_what_the_agent_was_told(platform: ScriptedPlatform, ringtree: Ringtree):
    inputs = [
        {"way": "timer", "type": "OfferTimedOut", "name": "offer", "count": 1},
        {"way": "answer", "type": "timed_out", "name": "on_total", "count": 1},
        {"way": "begun", "type": "", "name": "incarnation 2", "count": 1},
        {"way": "message", "type": "DeviceHeard", "name": None, "count": 40},
    ]
    entries = [version_document(3, inputs=inputs), version_document(2, inputs=None), version_document(1)]
    platform.answers("GET", JOURNAL, {"agent": "device/d-1", "entries": entries, "cursor": "1"})

    code, out, err = ringtree("agents", "journal", "device/d-1", "--limit", "3")

    _, third, second, first = out.splitlines()
    assert code == 0
    told = "reminder offer (OfferTimedOut), answer to on_total (timed_out), incarnation 2, 40 x DeviceHeard"
    assert told in third
    assert "too much to record" in second
    assert first.split()[-4:] == ["DeviceHeard", "run-7", "412", "0123456789ab"]
    assert "--cursor 1" in err
    assert platform.requests[0].path == f"{JOURNAL}?limit=3"


def test_the_journal_answers_json_with_all_fields(platform: ScriptedPlatform, ringtree: Ringtree):
    page = {"agent": "device/d-1", "entries": [version_document(1)], "cursor": None}
    platform.answers("GET", JOURNAL, page)

    _, out, err = ringtree("agents", "journal", "device/d-1", "--json")

    assert json.loads(out)["entries"][0]["digest"] == "0123456789abcdef" * 4
    assert err == ""


def test_a_version_that_is_rebuilt_identically_ends_with_0(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("GET", REBUILD, rebuild_document("identical", since=7, turns=1, state={"ring": "canary"}))

    code, out, _ = ringtree("agents", "rebuild", "device/d-1", "--to-version", "8")

    assert code == 0
    assert out == "version 8 of device/d-1 is rebuilt from version 7 by 1 turn: bit for bit what was committed\n"
    assert platform.requests[0].path == f"{REBUILD}?version=8"


def test_the_rebuilt_state_is_shown_when_asked_for(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("GET", REBUILD, rebuild_document("identical", since=0, turns=8, state={"ring": "canary"}))

    code, out, _ = ringtree("agents", "rebuild", "device/d-1", "--to-version", "8", "--show-state")

    assert code == 0
    assert "from the initial state by 8 turns" in out
    assert json.loads(out.partition("\n")[2]) == {"ring": "canary"}


def test_a_divergence_ends_with_1_and_names_version_path_and_values(platform: ScriptedPlatform, ringtree: Ringtree):
    found = {"version": 5, "path": "$.tasks[0].attempt", "committed": "2", "rebuilt": None, "seen_at": 20}
    platform.answers("GET", REBUILD, rebuild_document("diverged", reason="it was altered", divergence=found))

    code, out, _ = ringtree("agents", "rebuild", "device/d-1", "--to-version", "8")

    assert code == 1
    assert out.splitlines() == [
        "version 8 of device/d-1 diverges: it was altered",
        "  from version 5 on, at $.tasks[0].attempt (seen at version 20)",
        "  committed: 2",
        "  rebuilt:   (nothing)",
    ]


def test_a_divergence_of_a_digest_alone_says_so(platform: ScriptedPlatform, ringtree: Ringtree):
    found = {"version": 5, "path": None, "committed": None, "rebuilt": None, "seen_at": None}
    platform.answers("GET", REBUILD, rebuild_document("diverged", reason="another digest", divergence=found))

    code, out, _ = ringtree("agents", "rebuild", "device/d-1", "--to-version", "8")

    assert code == 1
    assert "only a digest of what was committed is left" in out


@pytest.mark.parametrize("outcome", ["incomplete", "not_compared"])
def test_what_cannot_be_proven_identical_ends_with_1(platform: ScriptedPlatform, ringtree: Ringtree, outcome: str):
    platform.answers(
        "GET", REBUILD, rebuild_document(outcome, reason="version 3 is not in the journal", since=1, turns=2)
    )

    code, out, _ = ringtree("agents", "rebuild", "device/d-1", "--to-version", "8", "--json")

    assert (code, json.loads(out)["outcome"]) == (1, outcome)
    assert "version 3 is not in the journal" in ringtree("agents", "rebuild", "device/d-1", "--to-version", "8")[1]


def test_a_version_below_1_is_wrong_usage_and_asks_the_platform_nothing(platform: ScriptedPlatform, ringtree: Ringtree):
    assert ringtree("agents", "rebuild", "device/d-1", "--to-version", "0")[0] == 2
    assert not platform.requests


def test_an_agent_without_a_journal_ends_with_one_line(platform: ScriptedPlatform, ringtree: Ringtree):
    error = {"code": "unknown_agent", "message": "there is no agent 'device/d-1'", "remedy": "list the agents"}
    platform.answers("GET", JOURNAL, {"error": error}, 404)

    code, _, err = ringtree("agents", "journal", "device/d-1")

    assert (code, err) == (6, "ringtree: there is no agent 'device/d-1' (404); list the agents\n")
