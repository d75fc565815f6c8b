"""Bodies that are no JSON object: refused by every route alike, with nothing written."""

import base64
import json

import pytest

from tests.unit.api.fleet_in_memory import FleetInMemory
from tests.unit.api.http_events import http_event

OPERATOR_ROUTES = (
    ("PATCH", "/v1/devices/d-1"),
    ("PUT", "/v1/rings/late"),
    ("POST", "/v1/releases"),
    ("POST", "/v1/deployments"),
    ("POST", "/v1/deployments/dep-1/pause"),
    ("POST", "/v1/tasks"),
    ("POST", "/v1/agents/device/d-1/messages"),
    ("POST", "/v1/agents/device/d-1/ask"),
    ("POST", "/v1/agents/device/d-1/suspend"),
    ("POST", "/v1/agents/device/d-1/resume"),
    ("POST", "/v1/agents/device/d-1/reset"),
    ("POST", "/v1/dead-letters/WyJkIiwibCJd/replay"),
    ("POST", "/v1/dead-letters/WyJkIiwibCJd/drop"),
    ("POST", "/spawn_agent"),
    ("POST", "/add_asset"),
    ("POST", "/submit_task"),
    ("POST", "/start_deployment"),
    ("POST", "/complete_deployment"),
)
DEVICE_ROUTES = (
    ("POST", "/device/v1/enrol"),
    ("POST", "/device/v1/heartbeats"),
    ("POST", "/device/v1/deployments/dep-1/progress"),
    ("POST", "/device/v1/tasks/t-1/result"),
)
MALFORMED = ("{", '{"a": NaN}', '{"a": "\\ud800"}', "[" * 100_000, "\ufeff{}", '{"a": 1} x')
NO_OBJECT = ("[]", '"text"', "7", "null", '[{"ring": "early"}]')


@pytest.mark.parametrize(("method", "path"), OPERATOR_ROUTES)
@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_body_that_is_no_json_is_a_400(fleet: FleetInMemory, method: str, path: str, body: str) -> None:
    before = fleet.written()

    answer = fleet.operator(method, path, raw_body=body)

    assert (answer.status, answer.error["code"], answer.error["field"]) == (400, "malformed_json", "body")
    assert fleet.written() == before


@pytest.mark.parametrize(("method", "path"), OPERATOR_ROUTES)
@pytest.mark.parametrize("body", NO_OBJECT)
def test_body_that_is_no_object_is_a_422(fleet: FleetInMemory, method: str, path: str, body: str) -> None:
    before = fleet.written()

    answer = fleet.operator(method, path, raw_body=body)

    assert (answer.status, answer.error["field"]) == (422, "body")
    assert fleet.written() == before


@pytest.mark.parametrize(("method", "path"), DEVICE_ROUTES)
@pytest.mark.parametrize(("body", "status"), [("{", 400), ("[]", 422), ("", 422), ('{"unheard": 1}', 422)])
def test_device_with_an_unreadable_body_is_refused(
    fleet: FleetInMemory, method: str, path: str, body: str, status: int
) -> None:
    before = fleet.written()

    answer = fleet.device(method, path, raw_body=body, speaker="d-1")

    assert answer.status == status
    assert answer.error["remedy"]
    assert fleet.written() == before


def test_number_beyond_all_bounds_is_refused_wherever_it_stands(fleet: FleetInMemory) -> None:
    answer = fleet.operator("POST", "/v1/tasks", raw_body='{"type": "t", "payload": {"deep": [1e999]}}')

    assert answer.status == 400


def test_field_that_a_request_does_not_know_is_refused_by_name(fleet: FleetInMemory) -> None:
    answer = fleet.operator("PUT", "/v1/rings/late", {"order": 1, "share": 0.1, "shar": 0.2})

    assert (answer.status, answer.error["field"]) == (422, "shar")


def test_every_broken_field_is_named_with_its_path(fleet: FleetInMemory) -> None:
    body = {"release": "1.0", "plan": {"policy": {"batch_size": 0, "tolerated_failure_share": 2}}}

    answer = fleet.operator("POST", "/v1/deployments", body)

    assert answer.error["field"] == "plan.policy.batch_size"
    assert "plan.policy.tolerated_failure_share" in answer.error["message"]


def test_body_of_another_kind_is_a_415(fleet: FleetInMemory) -> None:
    answer = fleet.operator("POST", "/spawn_agent", raw_body="<a/>", headers={"content-type": "text/xml"})

    assert (answer.status, answer.error["code"]) == (415, "unsupported_content_type")


def test_binary_body_is_a_400(fleet: FleetInMemory) -> None:
    event = http_event("POST", "/spawn_agent", raw_body=base64.b64encode(b"\xff\xfe").decode())
    event["isBase64Encoded"] = True

    answer = fleet.answer_operator(event)

    assert (answer.status, answer.error["code"]) == (400, "malformed_json")


def test_body_in_base64_is_read(fleet: FleetInMemory) -> None:
    body = base64.b64encode(json.dumps({"agent_id": "sim-1"}).encode()).decode()
    event = http_event("POST", "/spawn_agent", raw_body=body)
    event["isBase64Encoded"] = True

    assert fleet.answer_operator(event).body["device_id"] == "sim-1"


def test_route_that_does_not_exist_is_a_404_in_the_same_form(fleet: FleetInMemory) -> None:
    for method, path in (("GET", "/nothing"), ("DELETE", "/v1/rings"), ("GET", "/device/v1/heartbeats")):
        answer = fleet.operator(method, path)

        assert (answer.status, answer.error["code"]) == (404, "unknown_route")


def test_defect_of_ours_is_a_500_without_its_inside(fleet: FleetInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(fleet.catalog, "rings", broken)

    answer = fleet.operator("GET", "/v1/rings")

    assert (answer.status, answer.error["code"]) == (500, "internal_error")
    assert "secret inside" not in answer.raw["body"]
