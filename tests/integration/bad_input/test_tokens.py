from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.live_system.device_voice import DeviceVoice
from tests.live_system.operations import Operations
from tests.live_system.patience import eventually
from tests.live_system.whole_system import WholeSystem

if TYPE_CHECKING:
    from tests.conftest import Ringtree

OPERATOR_ROUTES = [
    ("GET", "/v1/devices"),
    ("POST", "/v1/deployments"),
    ("PUT", "/v1/rings/canary"),
    ("GET", "/cluster_status"),
    ("POST", "/simulate_activity"),
]
DEVICE_ROUTES = [
    ("POST", "/device/v1/heartbeats"),
    ("POST", "/device/v1/deployments/x/progress"),
    ("GET", "/device/v1/releases/1.0.0/artifact"),
    ("POST", "/device/v1/tasks/x/result"),
]


@pytest.fixture(scope="module")
def other(ringtree: "Ringtree", operations: Operations, http: httpx.Client) -> DeviceVoice:
    """Another device of the same ring."""
    return DeviceVoice.enrol(
        http,
        ringtree.device_url,
        ringtree.enrolment_token,
        operations.names.device("d-2"),
        operations.names.ring("voices"),
    )


def _statuses(http: httpx.Client, base: str, routes: list[tuple[str, str]], authorization: str | None) -> set[int]:
    headers = {} if authorization is None else {"Authorization": authorization}
    return {
        http.request(method, f"{base}{path}", headers=headers, json={} if method != "GET" else None).status_code
        for method, path in routes
    }


def test_nobody_enters_without_a_token(ringtree: "Ringtree", http: httpx.Client, whole_system: WholeSystem) -> None:
    with whole_system.stays_as_it_is():
        assert _statuses(http, ringtree.operator_url, OPERATOR_ROUTES, None) == {401}
        assert _statuses(http, ringtree.device_url, DEVICE_ROUTES, None) == {401}


def test_nobody_enters_with_garbage_for_a_token(ringtree: "Ringtree", http: httpx.Client, device: DeviceVoice) -> None:
    forged = f"{device.token[:-2]}xx"
    for garbage in ("Bearer", "Bearer garbage", "Basic b3BlcmF0b3I6", "Bearer rtd1.d-1.", f"Bearer {forged}"):
        assert _statuses(http, ringtree.operator_url, OPERATOR_ROUTES, garbage) <= {401, 403}, garbage
        assert _statuses(http, ringtree.device_url, DEVICE_ROUTES, garbage) <= {401, 403}, garbage


def test_each_token_opens_one_api_only(
    ringtree: "Ringtree", http: httpx.Client, device: DeviceVoice, whole_system: WholeSystem
) -> None:
    with whole_system.stays_as_it_is():
        for stranger in (ringtree.operator_token, ringtree.enrolment_token):
            assert _statuses(http, ringtree.device_url, DEVICE_ROUTES, f"Bearer {stranger}") == {403}
        for stranger in (device.token, ringtree.enrolment_token):
            assert _statuses(http, ringtree.operator_url, OPERATOR_ROUTES, f"Bearer {stranger}") == {403}


def test_enrolment_opens_for_the_enrolment_token_alone(
    ringtree: "Ringtree", http: httpx.Client, device: DeviceVoice, whole_system: WholeSystem
) -> None:
    with whole_system.stays_as_it_is():
        for stranger in (None, "garbage", ringtree.operator_token, device.token):
            headers = {} if stranger is None else {"Authorization": f"Bearer {stranger}"}
            answer = http.post(
                f"{ringtree.device_url}/device/v1/enrol", headers=headers, json={"device_id": "intruder"}
            )
            assert answer.status_code == 401, answer.text
            assert answer.json()["error"]["remedy"]


def test_a_device_speaks_for_itself_only(device: DeviceVoice, other: DeviceVoice, whole_system: WholeSystem) -> None:
    claim = {"device_id": other.device_id}
    said: list[tuple[str, dict[str, Any]]] = [
        ("heartbeats", device.heartbeat_body(**claim)),
        ("deployments/any/progress", device.progress_body(**claim)),
        ("tasks/any/result", {"succeeded": True, "result": None, **claim}),
    ]
    with whole_system.stays_as_it_is():
        for path, body in said:
            answer = device.say("POST", path, body)
            assert answer.status_code == 403, f"{path}: {answer.text}"
            error = answer.json()["error"]
            assert (error["code"], error["field"]) == ("other_device", "device_id")
            assert device.device_id in error["message"]
            assert other.device_id in error["message"]


def test_the_own_token_is_heard(operations: Operations, device: DeviceVoice) -> None:
    answer = device.say("POST", "heartbeats", device.heartbeat_body())

    assert answer.status_code == 200
    assert answer.json()["work"] == {"deployment": None, "tasks": []}
    eventually(lambda: operations.api.device(device.device_id).is_online, "the device is online")
