"""Every check of the demo passes on good evidence and fails on each kind of bad one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ringtree_cli.answers import Deployment, Device, DeviceOutcome, Outcomes, RingProgress

from lab.demo.checks import Check, DeviceDisk, Evidence, check_bad_story, check_good_story

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
RINGS = ("canary", "early")
PLACES = {"this-machine": "canary", "a": "canary", "b": "canary", "c": "early"}
Change = Callable[[Evidence], Evidence]


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def fleet(release: str) -> tuple[Device, ...]:
    return tuple(Device(device_id, ring, running_release=release) for device_id, ring in PLACES.items())


def outcome(device_id: str, is_: str | None) -> DeviceOutcome:
    return DeviceOutcome(device_id, PLACES[device_id], f"batch/go/{PLACES[device_id]}/0", is_)


GOOD = Evidence(
    release="1.1.0",
    deployment=Deployment(
        "go",
        "1.1.0",
        "promoted",
        rings=(
            RingProgress("canary", "promoted", 3, 1, Outcomes(done=3), "healthy", at(0), at(1)),
            RingProgress("early", "promoted", 1, 1, Outcomes(done=1), "healthy", at(1), at(2)),
        ),
    ),
    outcomes=tuple(outcome(device_id, "done") for device_id in PLACES),
    devices=fleet("1.1.0"),
    installs=dict.fromkeys(PLACES, ("1.1.0",)),
    real_device_id="this-machine",
    disk=DeviceDisk("releases/1.1.0", "1.1.0"),
)

BAD = Evidence(
    release="1.2.0",
    deployment=Deployment(
        "bad",
        "1.2.0",
        "rolled_back",
        reason="2 of 3 failed",
        rings=(
            RingProgress("canary", "rolled_back", 3, 1, Outcomes(done=1, rolled_back=1, cancelled=1), "2 of 3 failed"),
            RingProgress("early", "waiting", 1, 1),
        ),
    ),
    outcomes=(outcome("this-machine", "done"), outcome("a", "rolled_back"), outcome("b", "cancelled")),
    devices=fleet("1.1.0"),
    installs={
        "this-machine": ("1.1.0", "1.2.0", "1.1.0"),
        "a": ("1.1.0", "1.2.0", "1.1.0"),
        "b": ("1.1.0",),
        "c": ("1.1.0",),
    },
    real_device_id="this-machine",
    disk=DeviceDisk("releases/1.1.0", "1.1.0"),
)


def failing(checks: Sequence[Check]) -> list[str]:
    return [check.sentence for check in checks if not check.holds]


def good_checks(evidence: Evidence) -> list[Check]:
    return check_good_story(evidence, RINGS)


def bad_checks(evidence: Evidence) -> list[Check]:
    return check_bad_story(evidence, "canary", "1.1.0")


def with_deployment(**changes: Any) -> Change:
    return lambda evidence: replace(evidence, deployment=replace(evidence.deployment, **changes))


def with_ring(number: int, **changes: Any) -> Change:
    def change(evidence: Evidence) -> Evidence:
        rings = list(evidence.deployment.rings)
        rings[number] = replace(rings[number], **changes)
        return with_deployment(rings=tuple(rings))(evidence)

    return change


def with_outcome(device_id: str, is_: str | None) -> Change:
    def change(evidence: Evidence) -> Evidence:
        others = tuple(one for one in evidence.outcomes if one.device_id != device_id)
        return replace(evidence, outcomes=(*others, outcome(device_id, is_)))

    return change


def with_running(device_id: str, release: str | None) -> Change:
    def change(evidence: Evidence) -> Evidence:
        devices = tuple(
            replace(one, running_release=release) if one.device_id == device_id else one for one in evidence.devices
        )
        return replace(evidence, devices=devices)

    return change


def with_installs(device_id: str, *releases: str) -> Change:
    return lambda evidence: replace(evidence, installs={**evidence.installs, device_id: releases})


def with_disk(current: str | None, version_file: str | None) -> Change:
    return lambda evidence: replace(evidence, disk=DeviceDisk(current, version_file))


def without_fleet(evidence: Evidence) -> Evidence:
    return replace(evidence, devices=(), outcomes=(), installs={})


def test_a_story_that_went_well_holds_in_every_sentence():
    assert failing(good_checks(GOOD)) == []
    assert failing(bad_checks(BAD)) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (with_deployment(status="rolled_back"), "the deployment of 1.1.0 ended promoted"),
        (with_deployment(status="running"), "the deployment of 1.1.0 ended promoted"),
        (with_ring(1, status="waiting"), "canary, early were promoted, each before the next one opened"),
        (with_ring(1, started_at=at(0)), "canary, early were promoted, each before the next one opened"),
        (with_ring(0, ended_at=None), "canary, early were promoted, each before the next one opened"),
        (with_deployment(rings=()), "canary, early were promoted, each before the next one opened"),
        (with_outcome("c", "failed"), "every device installed 1.1.0 and confirmed it"),
        (with_outcome("c", None), "every device installed 1.1.0 and confirmed it"),
        (with_running("b", None), "the whole fleet runs 1.1.0"),
        (with_installs("a", "1.1.0", "1.1.0"), "each device installed 1.1.0 exactly once, by its own log"),
        (with_installs("a"), "each device installed 1.1.0 exactly once, by its own log"),
        (with_disk("releases/1.0.0", "1.1.0"), "this machine (this-machine) has 1.1.0 on its disk"),
        (with_disk("releases/1.1.0", None), "this machine (this-machine) has 1.1.0 on its disk"),
        (with_disk(None, None), "this machine (this-machine) has 1.1.0 on its disk"),
    ],
)
def test_a_good_story_fails_in_the_sentence_that_is_not_true(change: Change, sentence: str):
    assert failing(good_checks(change(GOOD))) == [sentence]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (with_deployment(status="promoted"), "the deployment of 1.2.0 ended rolled back"),
        (with_deployment(status="failed"), "the deployment of 1.2.0 ended rolled back"),
        (with_ring(0, status="promoted"), "canary was halted on its devices' health and rolled back"),
        (with_ring(0, finding=""), "canary was halted on its devices' health and rolled back"),
        (with_ring(0, outcomes=Outcomes(done=3)), "canary was halted on its devices' health and rolled back"),
        (with_ring(1, status="running"), "later rings never saw 1.2.0"),
        (with_ring(1, outcomes=Outcomes(done=1)), "later rings never saw 1.2.0"),
        (with_outcome("c", None), "later rings never saw 1.2.0"),
        (with_installs("c", "1.1.0", "1.2.0", "1.1.0"), "later rings never saw 1.2.0"),
        (with_installs("a", "1.1.0", "1.2.0"), "every device that took it went back to 1.1.0, by its own log"),
        (with_running("a", "1.2.0"), "the whole fleet runs 1.1.0"),
        (with_disk("releases/1.2.0", "1.2.0"), "this machine (this-machine) has 1.1.0 on its disk"),
    ],
)
def test_a_bad_story_fails_in_the_sentence_that_is_not_true(change: Change, sentence: str):
    assert failing(bad_checks(change(BAD))) == [sentence]


def test_a_bad_story_in_which_no_device_took_the_release_was_not_told():
    nobody = with_installs("a", "1.1.0")(with_installs("this-machine", "1.1.0")(BAD))

    assert "some devices did take 1.2.0" in failing(bad_checks(nobody))


def test_an_empty_fleet_proves_nothing():
    assert {"every device installed 1.1.0 and confirmed it", "the whole fleet runs 1.1.0"} <= set(
        failing(good_checks(without_fleet(GOOD)))
    )
    assert "some devices did take 1.2.0" in failing(bad_checks(without_fleet(BAD)))


def test_a_check_names_the_devices_it_fails_on_and_not_more_than_a_few():
    devices = tuple(Device(f"d-{number}", "early", running_release="1.0.0") for number in range(9))
    check = next(one for one in good_checks(replace(GOOD, devices=devices)) if one.sentence.startswith("the whole"))

    assert check.seen == "0 of 9 (not d-0, d-1, d-2, d-3, d-4 and 4 more)"
