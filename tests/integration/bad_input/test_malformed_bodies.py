from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.live_system.device_voice import VITALS, DeviceVoice
from tests.live_system.whole_system import WholeSystem

if TYPE_CHECKING:
    from tests.conftest import Ringtree

DRAFT = {"version": "7.7.7", "size_bytes": 10, "sha256": "a" * 64, "file_name": "a.tar.gz"}

OPERATOR_BODIES: list[tuple[str, str, Any, str]] = [
    ("POST", "/v1/releases", {}, "version"),
    ("POST", "/v1/releases", {**DRAFT, "version": "../../etc"}, "version"),
    ("POST", "/v1/releases", {**DRAFT, "size_bytes": 0}, "size_bytes"),
    ("POST", "/v1/releases", {**DRAFT, "size_bytes": "10"}, "size_bytes"),
    ("POST", "/v1/releases", {**DRAFT, "sha256": "A" * 64}, "sha256"),
    ("POST", "/v1/releases", {**DRAFT, "sha256": "a" * 63}, "sha256"),
    ("POST", "/v1/releases", {**DRAFT, "file_name": "a/b.tar.gz"}, "file_name"),
    ("POST", "/v1/releases", {**DRAFT, "colour": "red"}, "colour"),
    ("PUT", "/v1/rings/seventh", {"order": 0, "share": 0.1}, "order"),
    ("PUT", "/v1/rings/seventh", {"order": 7, "share": 1.5}, "share"),
    ("PUT", "/v1/rings/seventh", {"order": 7}, "share"),
    ("PUT", "/v1/rings/Seventh%20Heaven", {"order": 7, "share": 0.1}, "ring"),
    ("PATCH", "/v1/devices/d-1", {"ring": ""}, "ring"),
    ("POST", "/v1/deployments", {}, "release"),
    ("POST", "/v1/deployments", {"release": "1.0.0", "deployment_id": "a b"}, "deployment_id"),
    ("POST", "/v1/deployments", {"release": "1.0.0", "deployment_id": "x" * 81}, "deployment_id"),
    ("POST", "/v1/deployments", {"release": "1.0.0", "plan": {"rings": []}}, "plan.rings"),
    ("POST", "/v1/deployments", {"release": "1.0.0", "plan": {"rings": ["a", "a"]}}, "plan.rings"),
    ("POST", "/v1/deployments", {"release": "1.0.0", "plan": {"policy": {"batch_size": 0}}}, "plan.policy.batch_size"),
    (
        "POST",
        "/v1/deployments",
        {"release": "1.0.0", "plan": {"policy": {"tolerated_failure_share": 1}}},
        "plan.policy.tolerated_failure_share",
    ),
    (
        "POST",
        "/v1/deployments",
        {"release": "1.0.0", "plan": {"policy": {"batch_timeout_seconds": -1}}},
        "plan.policy.batch_timeout_seconds",
    ),
    ("POST", "/v1/deployments/never/pause", {"reason": 5}, "reason"),
    ("POST", "/v1/tasks", {}, "type"),
    ("POST", "/v1/tasks", {"type": "echo", "priority": "whenever"}, "priority"),
    ("POST", "/v1/tasks", {"type": "echo", "max_attempts": 0}, "max_attempts"),
    ("POST", "/submit_task", {"type": ""}, "type"),
    ("POST", "/spawn_agent", {"agent_id": "-no-"}, "agent_id"),
    ("POST", "/add_asset", {"name": "nameless"}, "id"),
    ("POST", "/add_asset", {"id": "asset-1", "name": "x" * 201}, "name"),
    ("POST", "/start_deployment", {}, "deployment_id"),
    ("POST", "/start_deployment", {"deployment_id": "x", "plan": {}}, "release"),
    ("POST", "/complete_deployment", {"deployment_id": 7}, "deployment_id"),
]

UNREADABLE: list[tuple[bytes, int]] = [  # what is not UTF-8 reaches functions in base64 on AWS only: see tests/unit/api
    (b"", 422),
    (b"{", 400),
    (b"[]", 422),
    (b'"text"', 422),
    (b"null", 422),
    (b'{"version": NaN}', 400),
    (b"[" * 100_000, 400),
]

HEARTBEATS: list[tuple[dict[str, Any], str]] = [
    ({"vitals": {**VITALS, "cpu_percent": 101}}, "vitals.cpu_percent"),
    ({"vitals": {**VITALS, "cpu_percent": "12"}}, "vitals.cpu_percent"),
    ({"vitals": {**VITALS, "crash_count": -1}}, "vitals.crash_count"),
    ({"vitals": {}}, "vitals.cpu_percent"),
    ({"sampled_at": "yesterday"}, "sampled_at"),
    ({"sampled_at": "2026-11-20T12:00:00"}, "sampled_at"),
    ({"boot_id": ""}, "boot_id"),
    ({"running_release": "not a version"}, "running_release"),
    ({"device_id": "a/b"}, "device_id"),
    ({"temperature": 20}, "temperature"),
]


def _check_refusal(answer: httpx.Response, field: str, what: str) -> None:
    assert answer.status_code in (400, 422), f"{what}: {answer.status_code} {answer.text}"
    error = answer.json()["error"]
    assert error["field"] == field, f"{what}: {error}"
    assert error["message"], what
    assert error["remedy"], what


def test_a_wrong_field_is_named_with_a_remedy_and_nothing_is_written(
    ringtree: "Ringtree", whole_system: WholeSystem
) -> None:
    with whole_system.stays_as_it_is():
        for method, path, body, field in OPERATOR_BODIES:
            _check_refusal(ringtree.operator.request(method, path, json=body), field, f"{method} {path} {body}")


@pytest.mark.parametrize("path", ["/v1/releases", "/start_deployment"])
def test_a_body_that_is_no_json_object_is_refused_and_nothing_is_written(
    ringtree: "Ringtree", whole_system: WholeSystem, path: str
) -> None:
    with whole_system.stays_as_it_is():
        for content, status in UNREADABLE:
            answer = ringtree.operator.post(path, content=content, headers={"Content-Type": "application/json"})
            assert answer.status_code == status, f"{content[:20]!r}: {answer.text}"
            assert answer.json()["error"]["field"], content[:20]
            assert answer.json()["error"]["remedy"], content[:20]


def test_a_wrong_query_is_named(ringtree: "Ringtree") -> None:
    for path, field in (
        ("/v1/devices?limit=0", "limit"),
        ("/v1/devices?limit=many", "limit"),
        ("/v1/devices?cursor=made-up", "cursor"),
        ("/deployment_status", "deployment_id"),
    ):
        _check_refusal(ringtree.operator.get(path), field, path)


def test_a_device_that_says_nonsense_is_told_what_is_wrong_and_leaves_no_trace(
    ringtree: "Ringtree", device: DeviceVoice, whole_system: WholeSystem
) -> None:
    table = ringtree.stack_output("MetricsTable")
    key = {"device_id": {"S": device.device_id}, "sample": {"S": "latest"}}
    with whole_system.stays_as_it_is():
        for changes, field in HEARTBEATS:
            _check_refusal(device.say("POST", "heartbeats", device.heartbeat_body(**changes)), field, str(changes))
        for changes, field in (({"state": "offered"}, "state"), ({"state": "done", "reason": 1}, "reason")):
            answer = device.say("POST", "deployments/never/progress", device.progress_body(**changes))
            _check_refusal(answer, field, str(changes))

    assert "Item" not in ringtree.aws.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)


def test_a_malformed_enrolment_enrols_nobody(
    ringtree: "Ringtree", http: httpx.Client, whole_system: WholeSystem
) -> None:
    headers = {"Authorization": f"Bearer {ringtree.enrolment_token}"}
    with whole_system.stays_as_it_is():
        for body, field in (
            ({}, "device_id"),
            ({"device_id": "../d"}, "device_id"),
            ({"device_id": "d" * 101}, "device_id"),
            ({"device_id": "d-2", "details": {"name": "a\u0000b"}}, "details.name"),
            ({"device_id": "d-2", "is_simulated": "yes"}, "is_simulated"),
        ):
            answer = http.post(f"{ringtree.device_url}/device/v1/enrol", headers=headers, json=body)
            _check_refusal(answer, field, str(body))
