from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.live_system.device_voice import DeviceVoice
from tests.live_system.operations import Operations
from tests.live_system.whole_system import WholeSystem

if TYPE_CHECKING:
    from tests.conftest import Ringtree

PLAN = {"policy": {"batch_size": 1}}

OPERATOR_ROUTES: list[tuple[str, str, Any, str]] = [
    ("GET", "/v1/devices/nobody", None, "nobody"),
    ("PATCH", "/v1/devices/nobody", {"ring": "canary"}, "nobody"),
    ("PATCH", "/v1/devices/{device}", {"ring": "no-ring"}, "no-ring"),
    ("GET", "/v1/devices?ring=no-ring", None, "no-ring"),
    ("GET", "/v1/rings/no-ring", None, "no-ring"),
    ("GET", "/v1/releases/9.9.9", None, "9.9.9"),
    ("POST", "/v1/releases/9.9.9/upload-url", None, "9.9.9"),
    ("POST", "/v1/releases/9.9.9/finalise", None, "9.9.9"),
    ("POST", "/v1/deployments", {"deployment_id": "never", "release": "9.9.9"}, "9.9.9"),
    ("POST", "/v1/deployments", {"release": "{release}", "plan": {"rings": ["no-ring"]}}, "no-ring"),
    ("GET", "/v1/deployments/never", None, "never"),
    ("GET", "/v1/deployments/never/devices", None, "never"),
    ("POST", "/v1/deployments/never/pause", {}, "never"),
    ("POST", "/v1/deployments/never/resume", {}, "never"),
    ("POST", "/v1/deployments/never/abort", {"reason": "of nothing"}, "never"),
    ("GET", "/v1/agents/device/nobody", None, "nobody"),
    ("GET", "/v1/agents/wizard/merlin", None, "wizard"),
    ("GET", "/v1/agents?kind=wizard", None, "wizard"),
    ("POST", "/v1/tasks", {"type": "echo", "target": "nobody"}, "nobody"),
    ("GET", "/v1/tasks/no-task", None, "no-task"),
    ("GET", "/status/no-task", None, "no-task"),
    ("GET", "/deployment_status?deployment_id=never", None, "never"),
    ("GET", "/asset_details?asset_id=nobody", None, "nobody"),
    ("POST", "/submit_task", {"type": "echo", "target": "nobody"}, "nobody"),
    ("POST", "/spawn_agent", {"ring": "no-ring"}, "no-ring"),
    ("POST", "/add_asset", {"id": "new-asset", "name": "new", "ring": "no-ring"}, "no-ring"),
    ("POST", "/start_deployment", {"deployment_id": "never", "release": "9.9.9"}, "9.9.9"),
    (
        "POST",
        "/start_deployment",
        {"deployment_id": "never", "release": "{release}", "plan": {"rings": ["no-ring"], **PLAN}},
        "no-ring",
    ),
    ("POST", "/complete_deployment", {"deployment_id": "never"}, "never"),
]


@pytest.fixture(scope="module")
def known(operations: Operations, device: DeviceVoice) -> dict[str, str]:
    """What the routes above may name rightly."""
    return {"{device}": device.device_id, "{release}": operations.publish("1.0.0").version}


def _with(known: dict[str, str], value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with(known, inner) for name, inner in value.items()}
    for place, name in known.items():
        value = value.replace(place, name) if isinstance(value, str) else value
    return value


def test_operators_are_told_which_name_nothing_bears_and_nothing_is_written(
    ringtree: "Ringtree", known: dict[str, str], whole_system: WholeSystem
) -> None:
    with whole_system.stays_as_it_is():
        for method, path, body, name in OPERATOR_ROUTES:
            request = {} if body is None else {"json": _with(known, body)}
            answer = ringtree.operator.request(method, _with(known, path), **request)

            assert answer.status_code == 404, f"{method} {path}: {answer.text}"
            error = answer.json()["error"]
            assert name in error["message"], f"{method} {path}"
            assert error["code"].startswith("unknown_")
            assert error["field"], f"{method} {path}"
            assert error["remedy"], f"{method} {path}"


def test_a_ring_that_is_not_of_the_deployment_is_unknown_there(
    ringtree: "Ringtree", operations: Operations, known: dict[str, str]
) -> None:
    (empty,) = operations.make_rings("empty")
    deployment_id = operations.start("of-one-ring", known["{release}"], (empty,))

    answer = ringtree.operator.get(f"/v1/deployments/{deployment_id}/devices", params={"ring": "canary"})

    assert answer.status_code == 404
    assert "'canary'" in answer.json()["error"]["message"]
    assert empty in answer.json()["error"]["remedy"]
    assert operations.end_of(deployment_id).status == "promoted"


def test_devices_are_told_which_name_nothing_bears_and_nothing_is_written(
    ringtree: "Ringtree", device: DeviceVoice, http: httpx.Client, whole_system: WholeSystem
) -> None:
    enrolment = {"Authorization": f"Bearer {ringtree.enrolment_token}"}
    result = {"device_id": device.device_id, "succeeded": True}
    with whole_system.stays_as_it_is():
        answers = {
            "never": device.say("POST", "deployments/never/progress", device.progress_body()),
            "9.9.9": device.say("GET", "releases/9.9.9/artifact"),
            "no-task": device.say("POST", "tasks/no-task/result", result),
            "no-ring": http.post(
                f"{ringtree.device_url}/device/v1/enrol",
                headers=enrolment,
                json={"device_id": "newcomer", "ring": "no-ring"},
            ),
        }

    for name, answer in answers.items():
        assert answer.status_code == 404, answer.text
        assert repr(name) in answer.json()["error"]["message"]
        assert answer.json()["error"]["remedy"]


def test_a_release_without_its_archive_is_none_that_devices_know(operations: Operations, device: DeviceVoice) -> None:
    version = operations.names.release("0.1.0")
    operations.api.create_release(version, 10, "a" * 64, "archive.tar.gz")

    answer = device.say("GET", f"releases/{version}/artifact")

    assert answer.status_code == 404
    assert repr(version) in answer.json()["error"]["message"]


def test_an_unknown_route_is_told_as_such(ringtree: "Ringtree") -> None:
    for method, path in (("GET", "/v1/wizards"), ("DELETE", "/v1/rings/canary"), ("POST", "/cluster_status")):
        answer = ringtree.operator.request(method, path)
        assert answer.status_code == 404, f"{method} {path}: {answer.text}"
