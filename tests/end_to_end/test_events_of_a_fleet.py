import json
from datetime import datetime
from typing import Any

import pytest

from lab.embedded_aws.places import REPOSITORY
from tests.end_to_end.story import Story
from tests.live_system.patience import eventually

SCHEMAS = json.loads((REPOSITORY / "docs" / "api" / "events.json").read_text())["components"]


def _check_documented(kind: str, detail: dict[str, Any]) -> None:
    """Every documented field is there, and no other."""
    schema = SCHEMAS[kind]
    assert set(schema["required"]) <= set(detail) <= set(schema["properties"])
    assert detail["event_id"]
    assert datetime.fromisoformat(detail["occurred_at"]).tzinfo is not None


def test_every_device_is_announced_when_it_enrols_and_when_it_is_first_heard(story: Story) -> None:
    for device_id in story.everyone:
        enrolled = story.listener.await_event("DeviceEnrolled", device_id=device_id)
        online = story.listener.await_event("DeviceOnline", device_id=device_id)
        _check_documented("DeviceEnrolled", enrolled)
        _check_documented("DeviceOnline", online)
        assert enrolled["is_simulated"] is (device_id != story.real)
        repeats = story.listener.events("DeviceOnline", device_id=device_id)
        assert len({event["event_id"] for event in repeats}) == 1, "at least once, under one id"


def test_a_good_release_is_announced_from_its_start_to_its_end(story: Story) -> None:
    deployment_id, listener = story.good.deployment.deployment_id, story.listener

    ended = listener.await_event("DeploymentEnded", deployment_id=deployment_id)
    started = listener.await_event("DeploymentStarted", deployment_id=deployment_id)
    assert (started["release"], started["rings"]) == (story.good.release.version, list(story.rings))
    assert (ended["outcome"], ended["release"]) == ("promoted", story.good.release.version)
    for kind in ("RingStarted", "RingPromoted"):
        told = listener.events(kind, deployment_id=deployment_id)
        assert [event["ring"] for event in sorted(told, key=lambda one: one["occurred_at"])] == list(story.rings)
    promoted = listener.events("RingPromoted", deployment_id=deployment_id)
    assert [event["outcomes"]["done"] for event in promoted] == [4, 4, 4]
    for kind in ("DeploymentStarted", "RingStarted", "RingPromoted", "DeploymentEnded"):
        for event in listener.events(kind, deployment_id=deployment_id):
            _check_documented(kind, event)
    assert not listener.events("RingHalted", deployment_id=deployment_id)


def test_a_bad_release_is_announced_with_the_reason_it_was_halted_for(story: Story) -> None:
    deployment_id, listener, first = story.bad.deployment.deployment_id, story.listener, story.rings[0]

    ended = listener.await_event("DeploymentEnded", deployment_id=deployment_id)
    (halted,) = listener.events("RingHalted", deployment_id=deployment_id)
    (rolled_back,) = listener.events("RingRolledBack", deployment_id=deployment_id)
    for kind, event in (("RingHalted", halted), ("RingRolledBack", rolled_back), ("DeploymentEnded", ended)):
        _check_documented(kind, event)
    assert (halted["ring"], rolled_back["ring"]) == (first, first)
    assert halted["reason"] == story.bad.deployment.rings[0].finding
    assert halted["outcomes"]["rolled_back"] == len(story.failing)
    assert (ended["outcome"], ended["reason"]) == ("rolled_back", story.bad.deployment.reason)
    assert not listener.events("RingPromoted", deployment_id=deployment_id)


def test_no_event_is_announced_twice(story: Story) -> None:
    for kind in SCHEMAS:
        told = [event["event_id"] for event in story.listener.events(kind)]
        assert len(told) == len(set(told)), kind


@pytest.mark.timeout(150)
def test_a_device_that_stops_is_announced_offline_after_its_lease(story: Story) -> None:
    offline = story.listener.await_event("DeviceOffline", device_id=story.bystander, within_seconds=100)

    _check_documented("DeviceOffline", offline)
    assert offline["last_seen"] < offline["occurred_at"]
    device = story.operations.api.device
    eventually(lambda: not device(story.bystander).is_online, "its agent has been told as well")
