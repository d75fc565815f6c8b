"""``ringtree agents send, ask, suspend, resume, reset`` and ``ringtree promises``."""

import io
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from ringtree_cli.agent_messaging import AgentMessaging, watch_promise

from tests.unit.cli.conftest import Outcome, ScriptedPlatform

Ringtree = Callable[..., Outcome]

ADDRESS = "batch/dep:1/canary/0"
PATH = f"/v1/agents/{ADDRESS}"
ACCEPTED = {"agent": ADDRESS, "type": "AssignRing", "lane": "normal", "expires_at": None, "idempotency_key": "k"}


def promise(outcome: str | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "promise_id": "p-1",
        "agent": ADDRESS,
        "message_type": "AssignRing",
        "deadline": "2026-01-02T03:04:05Z",
        "status": "settled" if outcome else "open",
        "outcome": outcome,
        "type": None,
        "value": None,
        "reason": None,
        **changes,
    }


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch):
    ticks = count()
    monkeypatch.setattr("ringtree_cli.agent_commands.time.monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr("ringtree_cli.agent_commands.time.sleep", lambda _: None)


def test_a_message_is_sent_with_all_that_was_said_and_no_more(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("POST", f"{PATH}/messages", ACCEPTED, 202)

    code, out, _ = ringtree(
        "agents", "send", ADDRESS, "AssignRing", "ring=early", "--lane", "control", "--expires", "10m", "--key", "k-1",
    )  # fmt: skip

    assert (code, platform.requests[0].document) == (
        0,
        {"type": "AssignRing", "data": {"ring": "early"}, "lane": "control", "expires_in_seconds": 600.0},
    )
    assert platform.requests[0].headers["Idempotency-Key"] == "k-1"
    assert f"is in the mailbox of {ADDRESS}" in out


def test_a_message_without_a_key_is_sent_under_one_of_its_own(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("POST", f"{PATH}/messages", ACCEPTED, 202)

    for _ in range(2):
        ringtree("agents", "send", ADDRESS, "AssignRing", "--json")

    keys = [request.headers["Idempotency-Key"] for request in platform.requests]
    assert keys[0] != keys[1]
    assert platform.requests[0].document == {"type": "AssignRing", "data": {}}


def test_a_platform_that_does_not_answer_to_a_message_is_told_how_to_repeat_it(
    ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RINGTREE_OPERATOR_URL", "http://127.0.0.1:9")

    for command in ("send", "ask"):
        code, _, err = ringtree("agents", command, ADDRESS, "AssignRing", "--key", "k-1")
        assert (code, "--key k-1" in err) == (4, True)


def test_data_that_are_no_json_are_wrong_usage(platform: ScriptedPlatform, ringtree: Ringtree):
    code, _, err = ringtree("agents", "send", ADDRESS, "AssignRing", "--data", "{")

    assert (code, "is not JSON" in err, platform.requests) == (2, True, [])


@pytest.mark.parametrize(
    ("settled", "code", "told"),
    [
        (promise("replied"), 0, "done"),
        (promise("replied", type="Count", value={"devices": 3}), 0, '"devices": 3'),
        (promise("rejected", reason="not now"), 1, f"{ADDRESS} refused: not now"),
        (promise("timed_out"), 1, f"{ADDRESS} did not answer in time"),
    ],
)
def test_the_answer_of_an_agent_is_the_answer_of_the_command(
    platform: ScriptedPlatform, ringtree: Ringtree, settled: dict[str, Any], code: int, told: str
):
    platform.answers("POST", f"{PATH}/ask", settled)

    ended, out, _ = ringtree("agents", "ask", ADDRESS, "AssignRing", "ring=early")

    assert (ended, told in out) == (code, True)
    assert platform.requests[0].document == {"type": "AssignRing", "data": {"ring": "early"}, "timeout_seconds": 5.0}
    platform.answers("GET", "/v1/promises/p-1", settled)
    assert ringtree("promises", "show", "p-1")[:2] == (code, out)
    assert json.loads(ringtree("promises", "show", "p-1", "--json")[1])["outcome"] == settled["outcome"]


def test_a_promise_is_looked_at_until_it_is_settled(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("POST", f"{PATH}/ask", promise(), 202)
    platform.answers("GET", "/v1/promises/p-1", promise())
    platform.answers("GET", "/v1/promises/p-1", promise("replied", type="Count", value=3))

    code, out, err = ringtree("agents", "ask", ADDRESS, "AssignRing", "--json")

    assert (code, json.loads(out)["value"]) == (0, 3)
    assert len(platform.asked("GET", "/v1/promises/p-1")) == 2
    assert "p-1" in err


def test_a_question_that_stays_open_says_how_to_look_again(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("POST", f"{PATH}/ask", promise(), 202)
    platform.answers("GET", "/v1/promises/p-1", promise())

    code, out, _ = ringtree("agents", "ask", ADDRESS, "AssignRing", "--wait", "7s")
    assert (code, "ringtree promises show p-1" in out) == (1, True)

    code, _, _ = ringtree("agents", "ask", ADDRESS, "AssignRing", "--wait", "1s")
    assert (code, platform.requests[-1].document["timeout_seconds"]) == (1, 1.0)
    assert ringtree("promises", "show", "p-1")[0] == 0, "that it is open is no failure of looking"


def test_ctrl_c_leaves_the_promise_to_look_at(
    platform: ScriptedPlatform, ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch
):
    platform.answers("POST", f"{PATH}/ask", promise(), 202)

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ringtree_cli.agent_commands.time.sleep", interrupted)
    code, _, err = ringtree("agents", "ask", ADDRESS, "AssignRing")

    assert (code, "ringtree promises show p-1" in err) == (130, True)


def test_ctrl_c_before_there_is_a_promise_leaves_the_key(ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(AgentMessaging, "ask", interrupted)
    code, _, err = ringtree("agents", "ask", ADDRESS, "AssignRing", "--key", "k-1")

    assert (code, "--key k-1" in err) == (130, True)


@pytest.mark.parametrize("command", ["suspend", "resume", "reset"])
def test_a_command_to_an_agent_carries_its_reason(platform: ScriptedPlatform, ringtree: Ringtree, command: str):
    accepted = {"agent": ADDRESS, "command": command, "lane": "control", "reason": "look"}
    platform.answers("POST", f"{PATH}/{command}", accepted, 202)
    sure = ["--yes"] if command == "reset" else []

    code, out, _ = ringtree("agents", command, ADDRESS, "--reason", "look", *sure)

    assert (code, platform.requests[0].document) == (0, {"reason": "look"})
    assert out == f"{command} of {ADDRESS} is accepted\n"
    assert json.loads(ringtree("agents", command, ADDRESS, "--reason", "look", *sure, "--json")[1]) == accepted


def test_a_command_to_an_agent_without_a_reason_is_wrong_usage(platform: ScriptedPlatform, ringtree: Ringtree):
    for command in ("suspend", "resume", "reset"):
        assert ringtree("agents", command, ADDRESS)[0] == 2
    assert not platform.requests


@pytest.mark.parametrize("said", ["n\n", "\n", "", "yesterday\n"])
def test_a_reset_that_was_not_meant_is_not_sent(
    platform: ScriptedPlatform, ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch, said: str
):
    monkeypatch.setattr("sys.stdin", io.StringIO(said))

    code, out, err = ringtree("agents", "reset", ADDRESS, "--reason", "look")

    assert (code, out, platform.requests) == (1, "", [])
    assert "nothing was done" in err


def test_a_reset_that_was_meant_is_sent(
    platform: ScriptedPlatform, ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch
):
    accepted = {"agent": ADDRESS, "command": "reset", "lane": "control", "reason": "look"}
    platform.answers("POST", f"{PATH}/reset", accepted, 202)
    monkeypatch.setattr("sys.stdin", io.StringIO("Y\n"))

    code, out, _ = ringtree("agents", "reset", ADDRESS, "--reason", "look", "--json")

    assert (code, json.loads(out)) == (0, accepted)


def test_an_agent_is_shown_with_its_status(platform: ScriptedPlatform, ringtree: Ringtree):
    agent = {"agent": ADDRESS, "version": 2, "state": {}, "status": "suspended", "waiting": 3}
    platform.answers("GET", PATH, agent)

    assert json.loads(ringtree("agents", "show", ADDRESS)[1])["waiting"] == 3


def test_a_watch_looks_less_and_less_often_and_ends_with_its_patience():
    now, waits = [0.0], []

    class Open:
        def promise(self, promise_id: str) -> Any:
            return open_promise

    class Seen:
        is_settled, promise_id = False, "p-1"

    open_promise = Seen()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    seen = list(watch_promise(Open(), open_promise, 10.0, lambda: now[0], sleep))  # type: ignore[arg-type]

    assert [round(wait, 3) for wait in waits] == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0, 1.0]
    assert len(seen) == len(waits)
