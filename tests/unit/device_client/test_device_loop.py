"""The loop speaks when it is asked to, and is patient when it is not heard."""

from random import Random

import pytest
from ringtree_device.backoff import Backoff


def test_a_heartbeat_tells_all_the_contract_names(device, platform):
    device.live(until=lambda: bool(platform.heartbeats))

    assert platform.heartbeats[0] == {
        "device_id": "d-1",
        "sampled_at": "2026-03-02T12:00:00+00:00",
        "boot_id": "boot-1",
        "running_release": None,
        "vitals": {"cpu_percent": 10.0, "memory_percent": 20.0, "disk_percent": 30.0, "crash_count": 0},
    }


def test_the_interval_is_the_platforms_give_or_take_a_tenth(device, platform):
    platform.next_heartbeat_seconds = 60

    device.live(until=lambda: len(platform.heartbeats) > 5)

    assert all(54 <= wait <= 66 for wait in device.clock.waits)
    assert len(set(device.clock.waits)) > 1


def test_a_platform_that_is_down_is_tried_again_ever_more_rarely(device, platform):
    platform.faults.unavailable = 12

    device.live(until=lambda: bool(platform.heartbeats))

    assert max(device.clock.waits) <= 60
    assert device.contacts[0].problem.endswith("answered 503: busy")
    assert device.contacts[-1].problem is None


def test_retry_after_is_obeyed(device, platform):
    platform.faults.unavailable = 1
    platform.faults.retry_after = "120"

    device.live(until=lambda: bool(platform.heartbeats))

    assert 120 <= device.clock.waits[0] <= 121


def test_retry_after_may_be_a_date(device, platform):
    platform.faults.unavailable = 1
    platform.faults.retry_after = "Mon, 02 Mar 2026 12:01:30 GMT"

    device.live(until=lambda: bool(platform.heartbeats))

    assert 90 <= device.clock.waits[0] <= 91


def test_a_refused_token_is_said_clearly_and_tried_again(device, platform):
    platform.faults.refuse_tokens = True

    def mended() -> bool:
        if len(device.contacts) > 2:
            platform.faults.refuse_tokens = False
        return bool(platform.heartbeats)

    device.live(until=mended)

    assert "refuses the token (401): the token is not valid; enrol this device again" in device.contacts[0].problem


def test_an_outcome_is_reported_for_as_long_as_it_takes(device, platform, publish):
    publish("1.1.0")
    platform.offer("x-1", "1.1.0")

    def on_step(step: str) -> None:
        if step == "after saving step reporting":
            platform.faults.unavailable = 7

    device.live_until_idle(on_step)

    assert platform.outcome_of("x-1").state == "done"


def test_tasks_are_done_once_and_their_results_reported(device, platform):
    platform.tasks = [
        {"task_id": "t-1", "type": "echo", "payload": {"words": ["a", "b"]}},
        {"task_id": "t-2", "type": "collect_vitals", "payload": None},
    ]

    device.live(until=lambda: len(platform.task_results) == 2)

    assert platform.task_results["t-1"] == {"device_id": "d-1", "succeeded": True, "result": {"words": ["a", "b"]}}
    assert platform.task_results["t-2"]["result"]["memory_percent"] == 20.0


def test_a_task_that_is_given_again_is_done_again(device, platform):
    results = []

    def is_done_twice():
        if "t-1" in platform.task_results:
            results.append(platform.task_results.pop("t-1"))
            platform.tasks = [{"task_id": "t-1", "type": "make_coffee", "payload": {}, "attempt": len(results) + 1}]
        return len(results) == 2

    platform.tasks = [{"task_id": "t-1", "type": "make_coffee", "payload": {}, "attempt": 1}]

    device.live(until=is_done_twice)

    assert results[0] == results[1]


def test_an_unknown_task_fails_and_names_the_known_ones(device, platform):
    platform.tasks = [{"task_id": "t-1", "type": "make_coffee", "payload": {}}]

    device.live(until=lambda: bool(platform.task_results))

    assert platform.task_results["t-1"]["succeeded"] is False
    assert platform.task_results["t-1"]["result"] == {
        "error": "task type 'make_coffee' is unknown to this device; it knows collect_vitals, echo"
    }


def test_a_result_that_is_too_large_is_reported_as_a_failure(device, platform):
    platform.tasks = [{"task_id": "t-1", "type": "echo", "payload": "x" * 5000}]

    device.live(until=lambda: bool(platform.task_results))

    assert platform.task_results["t-1"]["succeeded"] is False
    assert "the result is too large" in platform.task_results["t-1"]["result"]["error"]


@pytest.mark.parametrize("failures", [1, 2, 5, 40, 4000])
def test_backoff_stays_between_nothing_and_its_ceiling(failures):
    backoff, random = Backoff(first_seconds=1, cap_seconds=60), Random(failures)

    waits = [backoff.delay_seconds(failures, random.random()) for _ in range(200)]

    ceiling = min(60, 2 ** min(failures - 1, 10))
    assert 0 <= min(waits) < 0.2 * ceiling
    assert 0.8 * ceiling < max(waits) <= ceiling
