"""Tasks, from their submission by the classic route to their result."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx

from lambdas.fleet.tasks import load_score
from tests.live_system.device_voice import DeviceVoice
from tests.live_system.live_fleet import LiveFleet
from tests.live_system.operations import Operations
from tests.live_system.patience import eventually

if TYPE_CHECKING:
    from tests.conftest import Ringtree


def test_a_task_for_nobody_goes_to_the_least_loaded_device_that_can_be_reached(
    ringtree: "Ringtree", spawned: tuple[str, ...]
) -> None:
    loads = _loads(ringtree)
    assert set(spawned) <= set(loads)

    order = {"type": "echo", "payload": {"n": 1}, "max_attempts": 1, "timeout_seconds": 5}
    submitted = ringtree.operator.post("/submit_task", json=order)

    assert (submitted.status_code, submitted.json()["status"]) == (202, "queued")
    task_id = submitted.json()["task_id"]
    seen = [loads]

    def assigned_to() -> str:
        seen.append(_loads(ringtree))
        return _task(ringtree, task_id)["device_id"]

    chosen = eventually(assigned_to, "the task is assigned")
    of_chosen = min(snapshot[chosen] for snapshot in seen if chosen in snapshot)
    assert of_chosen <= min(loads[device_id] for device_id in spawned), "the vitals of these stay as they are"


def _loads(ringtree: "Ringtree") -> dict[str, float]:
    """Load by device, of those that can be reached."""
    assets = ringtree.operator.get("/asset_details", params={"limit": 500}).json()["assets"]
    return {asset["device_id"]: _load(asset) for asset in assets if _can_work(asset)}


def _can_work(asset: dict[str, Any]) -> bool:
    return bool(asset["is_online"] if asset["has_client"] else asset["is_simulated"])


def _load(asset: dict[str, Any]) -> float:
    return load_score(asset["vitals"]["cpu_percent"], asset["vitals"]["memory_percent"])


def test_a_simulated_device_without_client_does_tasks_by_itself(ringtree: "Ringtree", spawned: tuple[str, ...]) -> None:
    order = {"type": "echo", "priority": "high", "target": spawned[0]}
    task_id = ringtree.operator.post("/submit_task", json=order).json()["task_id"]

    ended = _ended_task(ringtree, task_id)

    assert (ended["status"], ended["priority"], ended["attempt"]) == ("succeeded", "high", 1)
    assert (ended["device_id"], ended["result"]) == (spawned[0], {"simulated": True})


def test_a_task_for_a_device_brings_its_result(ringtree: "Ringtree", operations: Operations, classic_ring: str) -> None:
    device_id, payload = operations.names.device("worker"), {"greeting": "hello", "to": ["all", 1, None]}
    with ExitStack() as living:
        living.enter_context(LiveFleet(ringtree.device_url, ringtree.enrolment_token, {device_id: classic_ring}))
        eventually(lambda: _is_online(ringtree, device_id), f"{device_id} is online")
        order = {"type": "echo", "payload": payload, "target": device_id}
        done = ringtree.operator.post("/submit_task", json=order).json()["task_id"]
        unknown = ringtree.operator.post("/submit_task", json={**order, "type": "juggle", "max_attempts": 2}).json()

        succeeded = _ended_task(ringtree, done)
        failed = _ended_task(ringtree, unknown["task_id"])

    assert (succeeded["status"], succeeded["device_id"], succeeded["result"]) == ("succeeded", device_id, payload)
    assert (failed["status"], failed["attempt"]) == ("failed", 2)
    assert "juggle" in str(failed["result"])


def test_a_task_that_failed_on_one_device_is_tried_again_up_to_its_limit(
    ringtree: "Ringtree", operations: Operations, classic_ring: str
) -> None:
    with httpx.Client(timeout=30.0, trust_env=False) as http:
        clumsy = DeviceVoice.enrol(
            http, ringtree.device_url, ringtree.enrolment_token, operations.names.device("clumsy"), classic_ring
        )
        eventually(lambda: _is_known(ringtree, clumsy.device_id), "the device has joined")
        order = {"type": "echo", "target": clumsy.device_id, "max_attempts": 3}
        task_id = ringtree.operator.post("/submit_task", json=order).json()["task_id"]
        for attempt in (1, 2, 3):
            eventually(
                lambda: _task(ringtree, task_id)["attempt"] == attempt and _has_in_hand(clumsy, task_id),  # noqa: B023
                f"attempt {attempt} is in hand",
            )
            result = {"device_id": clumsy.device_id, "succeeded": attempt == 3, "result": {"attempt": attempt}}
            assert clumsy.say("POST", f"tasks/{task_id}/result", result).status_code == 202

        ended = _ended_task(ringtree, task_id)

    assert (ended["status"], ended["attempt"], ended["result"]) == ("succeeded", 3, {"attempt": 3})


def _has_in_hand(device: DeviceVoice, task_id: str) -> bool:
    work = device.say("POST", "heartbeats", device.heartbeat_body()).json()["work"]
    return task_id in {task["task_id"] for task in work["tasks"]}


def _is_known(ringtree: "Ringtree", device_id: str) -> bool:
    return ringtree.operator.get(f"/v1/devices/{device_id}").status_code == 200


def _is_online(ringtree: "Ringtree", device_id: str) -> bool:
    answer = ringtree.operator.get(f"/v1/devices/{device_id}")
    return answer.status_code == 200 and bool(answer.json()["is_online"])


def _task(ringtree: "Ringtree", task_id: str) -> dict[str, Any]:
    answer = ringtree.operator.get(f"/status/{task_id}")
    assert answer.status_code == 200, answer.text
    task: dict[str, Any] = answer.json()
    return task


def _ended_task(ringtree: "Ringtree", task_id: str) -> dict[str, Any]:
    eventually(lambda: _task(ringtree, task_id)["status"] in ("succeeded", "failed"), f"the end of {task_id}")
    return _task(ringtree, task_id)
