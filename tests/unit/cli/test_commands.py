"""The command line from its arguments to its output and exit code."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ringtree_cli.main import discover_commands, main

from tests.unit.cli.conftest import (
    Outcome,
    ScriptedPlatform,
    deployment_document,
    device_document,
    ring_document,
)

Ringtree = Callable[..., Outcome]


def test_devices_are_listed_as_a_table_for_people(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("GET", "/v1/devices", {"devices": [device_document()], "cursor": "next-1"})

    code, out, err = ringtree("devices", "list", "--ring", "canary")

    assert code == 0
    assert "d-1" in out
    assert "--cursor next-1" in err
    assert platform.requests[0].path == "/v1/devices?ring=canary&limit=100"


def test_json_is_alone_on_stdout(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("GET", "/v1/devices", {"devices": [device_document()], "cursor": "next-1"})

    _, out, err = ringtree("devices", "list", "--json")

    assert json.loads(out)["devices"][0]["device_id"] == "d-1"
    assert err == ""


def test_a_text_with_brackets_is_shown_as_it_is(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("GET", "/v1/devices/d-1", device_document(details={"name": "[red]till"}))

    _, out, _ = ringtree("devices", "show", "d-1")

    assert json.loads(out)["details"]["name"] == "[red]till"


def test_a_device_is_assigned_to_a_ring(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("PATCH", "/v1/devices/d%2F1", {}, 202)

    code, _, _ = ringtree("devices", "assign", "d/1", "early")

    assert code == 0
    assert platform.requests[0].document == {"ring": "early"}


def test_a_ring_is_set_with_a_share_in_percent(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("PUT", "/v1/rings/canary", {"name": "canary", "order": 1, "share": 0.05})

    code, out, _ = ringtree("rings", "set", "canary", "--order", "1", "--share", "5%")

    assert (code, platform.requests[0].document) == (0, {"order": 1, "share": 0.05})
    assert "takes 5%" in out


def test_a_deployment_is_started_with_what_was_said_and_no_more(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("POST", "/v1/deployments", deployment_document("planned"), 201)

    code, out, _ = ringtree(
        "deployments", "start", "1.1.0", "--id", "go-1", "--ring", "canary", "--ring", "early",
        "--batch-size", "3", "--bake", "10m", "--batch-timeout", "2h", "--json",
    )  # fmt: skip

    assert code == 0
    assert json.loads(out)["status"] == "planned"
    assert platform.requests[0].document == {
        "deployment_id": "go-1",
        "release": "1.1.0",
        "plan": {
            "rings": ["canary", "early"],
            "policy": {"batch_size": 3, "batch_timeout_seconds": 7200.0, "bake_time_seconds": 600.0},
        },
    }


def test_a_duration_without_a_unit_is_wrong_usage_and_asks_the_platform_nothing(
    platform: ScriptedPlatform, ringtree: Ringtree
):
    code, _, err = ringtree("deployments", "start", "1.1.0", "--bake", "10")

    assert code == 2
    assert "--bake" in err
    assert not platform.requests


@pytest.mark.parametrize(("status", "code"), [("promoted", 0), ("rolled_back", 1), ("aborted", 1), ("failed", 1)])
def test_watching_ends_with_the_deployment_and_its_exit_code(
    platform: ScriptedPlatform, ringtree: Ringtree, status: str, code: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ringtree_cli.commands.deployments.LOOK_EVERY_SECONDS", 0.0)
    at_work = {"deployment_id": "go-1", "purpose": "install", "state": "downloading"}
    platform.answers("GET", "/v1/devices", {"devices": [device_document(deployment=at_work)]})
    platform.answers("GET", "/v1/deployments/go-1", deployment_document())
    platform.answers("GET", "/v1/deployments/go-1", deployment_document())
    platform.answers("GET", "/v1/deployments/go-1", deployment_document(status, rings=[ring_document(status=status)]))

    ended, out, _ = ringtree("deployments", "watch", "go-1")

    assert ended == code
    assert out.splitlines() == [
        "1.1.0 running · canary running 2/4 (2 done) · 1 downloading",
        f"1.1.0 {status.replace('_', ' ')} · canary {status.replace('_', ' ')} 2/4 (2 done)",
    ]


def test_watching_as_json_gives_a_line_per_change(
    platform: ScriptedPlatform, ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ringtree_cli.commands.deployments.LOOK_EVERY_SECONDS", 0.0)
    platform.answers("GET", "/v1/devices", {"devices": []})
    platform.answers("GET", "/v1/deployments/go-1", deployment_document())
    platform.answers("GET", "/v1/deployments/go-1", deployment_document("promoted"))

    _, out, _ = ringtree("deployments", "watch", "go-1", "--json")

    assert [json.loads(line)["status"] for line in out.splitlines()] == ["running", "promoted"]


def test_waiting_after_a_start_answers_the_end_alone(
    platform: ScriptedPlatform, ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ringtree_cli.commands.deployments.LOOK_EVERY_SECONDS", 0.0)
    platform.answers("POST", "/v1/deployments", deployment_document("planned"), 201)
    platform.answers("GET", "/v1/devices", {"devices": []})
    platform.answers("GET", "/v1/deployments/go-1", deployment_document())
    platform.answers("GET", "/v1/deployments/go-1", deployment_document("rolled_back", reason="3 of 4 failed"))

    code, out, _ = ringtree("deployments", "start", "1.1.0", "--id", "go-1", "--wait", "--json")

    assert (code, json.loads(out)["reason"]) == (1, "3 of 4 failed")


@pytest.mark.parametrize("command", ["pause", "resume", "abort"])
def test_a_command_to_a_deployment_carries_its_reason(platform: ScriptedPlatform, ringtree: Ringtree, command: str):
    platform.answers("POST", f"/v1/deployments/go-1/{command}", {}, 202)

    code, out, _ = ringtree("deployments", command, "go-1", "--reason", "too warm")

    assert (code, platform.requests[0].document) == (0, {"reason": "too warm"})
    assert "accepted" in out


def test_a_command_that_the_state_forbids_says_what_is_possible(platform: ScriptedPlatform, ringtree: Ringtree):
    error = {"code": "conflict", "message": "go-1 is promoted", "remedy": "only a running deployment can be paused"}
    platform.answers("POST", "/v1/deployments/go-1/pause", {"error": error}, 409)

    code, out, err = ringtree("deployments", "pause", "go-1")

    assert (code, out) == (7, "")
    assert err == "ringtree: go-1 is promoted (409); only a running deployment can be paused\n"


def test_an_unknown_device_ends_with_one_line(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers("GET", "/v1/devices/d-9", {"error": {"code": "not_found", "message": "no device 'd-9'"}}, 404)

    code, _, err = ringtree("devices", "show", "d-9")

    assert (code, err) == (6, "ringtree: no device 'd-9' (404)\n")


def test_a_platform_that_is_down_ends_with_one_line(ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RINGTREE_OPERATOR_URL", "http://127.0.0.1:9")

    code, _, err = ringtree("rings", "list")

    assert code == 4
    assert err.startswith("ringtree: the platform at http://127.0.0.1:9 cannot be reached")
    assert err.count("\n") == 1


def test_a_task_is_submitted_and_read_back(platform: ScriptedPlatform, ringtree: Ringtree):
    task = {"task_id": "t-1", "status": "queued", "type": "cleanup", "priority": "high"}
    platform.answers("POST", "/v1/tasks", task, 202)
    platform.answers("GET", "/v1/tasks/t-1", {**task, "status": "failed"})

    ringtree("tasks", "submit", "cleanup", "--payload", '{"deep": true}', "--priority", "high", "--target", "d-1")
    code, _, _ = ringtree("tasks", "status", "t-1")

    assert platform.requests[0].document == {
        "type": "cleanup", "payload": {"deep": True}, "priority": "high", "target": "d-1",
    }  # fmt: skip
    assert code == 1


def test_a_payload_that_is_no_json_object_is_wrong_usage(ringtree: Ringtree):
    assert ringtree("tasks", "submit", "cleanup", "--payload", "{")[0] == 2
    assert ringtree("tasks", "submit", "cleanup", "--payload", "[]")[0] == 2


def test_agents_are_listed_and_shown_by_address(platform: ScriptedPlatform, ringtree: Ringtree):
    platform.answers(
        "GET", "/v1/agents", {"agents": [{"agent": "device/d-1", "listed": {"ring": "canary"}}], "cursor": None}
    )
    platform.answers(
        "GET", "/v1/agents/batch/go-1/canary/0", {"agent": "batch/go-1/canary/0", "version": 2, "state": {}}
    )

    assert "device/d-1" in ringtree("agents", "list", "--kind", "device")[1]
    assert json.loads(ringtree("agents", "show", "batch/go-1/canary/0", "--json")[1])["version"] == 2


def test_every_command_answers_json_but_those_that_run_an_instrument():
    groups = [found for found in discover_commands() if isinstance(found.info.name, str)]
    commands = [command.callback for group in groups for command in group.registered_commands]

    assert len(commands) > 15
    assert all(command is not None and "as_json" in command.__annotations__ for command in commands)


@pytest.mark.parametrize("command", ["up", "demo"])
def test_instruments_outside_a_checkout_say_where_to_call_them(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)

    assert main([command]) == 3
    assert "is not inside a checkout of Ringtree" in capsys.readouterr().err


def test_colours_are_left_out_where_no_color_asks_for_it(
    platform: ScriptedPlatform, ringtree: Ringtree, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    platform.answers("GET", "/v1/deployments/go-1", deployment_document("promoted"))

    assert "\x1b[" not in ringtree("deployments", "status", "go-1")[1]
