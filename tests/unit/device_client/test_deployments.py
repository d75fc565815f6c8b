"""A deployment on a real disk, from the offer to the outcome."""

import json
import os
from pathlib import Path

from tests.unit.device_client.conftest import UNHEALTHY
from tests.unit.device_client.device_life import DeviceLife
from tests.unit.device_client.platform_double import PlatformDouble


def installs(device: DeviceLife) -> list[tuple[str, str | None, str | None]]:
    lines = (device.root / "installs.jsonl").read_text().splitlines()
    return [(line["kind"], line["previous"], line["target"]) for line in map(json.loads, lines)]


def install(device: DeviceLife, platform: PlatformDouble, deployment_id: str, version: str) -> None:
    platform.offer(deployment_id, version)
    device.live_until_idle()


def test_a_device_installs_what_it_is_offered_and_reports_every_state(device, platform, publish):
    publish("1.1.0", files={"app/data.txt": b"hello"})

    install(device, platform, "x-1", "1.1.0")

    assert platform.states_of("x-1") == ["downloading", "installing", "verifying", "done"]
    assert platform.outcome_of("x-1").running_release == "1.1.0"
    assert device.running_release == "1.1.0"
    assert (device.root / "current" / "VERSION").read_text() == "1.1.0\n"
    assert (device.root / "current" / "app" / "data.txt").read_text() == "hello"
    assert installs(device) == [("install", None, "1.1.0")]


def test_a_release_with_a_failing_health_check_is_rolled_back_with_its_last_words(device, platform, publish):
    publish("1.1.0")
    publish("1.2.0", health_check=UNHEALTHY)
    install(device, platform, "x-1", "1.1.0")

    install(device, platform, "x-2", "1.2.0")

    outcome = platform.outcome_of("x-2")
    assert (outcome.state, outcome.running_release) == ("rolled_back", "1.1.0")
    assert outcome.reason == "health check exited with 3: looking | the service does not answer"
    assert device.running_release == "1.1.0"
    assert installs(device)[1:] == [("install", "1.1.0", "1.2.0"), ("revert", "1.2.0", "1.1.0")]
    assert device.release_folders == {"1.1.0"}


def test_a_first_release_that_fails_leaves_the_device_without_a_release(device, platform, publish):
    publish("1.2.0", health_check=UNHEALTHY)

    install(device, platform, "x-1", "1.2.0")

    assert platform.outcome_of("x-1").state == "rolled_back"
    assert device.running_release is None
    assert not os.path.lexists(device.root / "current")


def test_a_health_check_that_cannot_be_started_is_a_failing_one(device, platform, publish):
    publish("1.1.0", health_check="#!/no/such/interpreter\n")

    install(device, platform, "x-1", "1.1.0")

    assert platform.outcome_of("x-1").state == "rolled_back"
    assert "health check exited with 127" in platform.outcome_of("x-1").reason
    assert "./hooks/health-check" in platform.outcome_of("x-1").reason


def test_a_failing_pre_install_hook_fails_the_deployment_before_anything_changes(device, platform, publish):
    publish("1.1.0")
    publish("1.2.0", pre_install="#!/bin/sh\necho no license\nexit 9\n")
    install(device, platform, "x-1", "1.1.0")

    install(device, platform, "x-2", "1.2.0")

    outcome = platform.outcome_of("x-2")
    assert (outcome.state, outcome.running_release) == ("failed", "1.1.0")
    assert outcome.reason == "installing failed: pre-install hook exited with 9: no license"
    assert device.release_folders == {"1.1.0"}


def test_hooks_learn_who_they_work_for_and_not_the_enrolment_token(device, platform, publish, monkeypatch):
    monkeypatch.setenv("RINGTREE_ENROLMENT_TOKEN", "secret")
    script = '#!/bin/sh\necho "$RINGTREE_DEVICE_ID $RINGTREE_RELEASE from $RINGTREE_PREVIOUS_RELEASE" >seen\nenv >all\n'
    publish("1.1.0")
    publish("1.2.0", pre_install=script)
    install(device, platform, "x-1", "1.1.0")

    install(device, platform, "x-2", "1.2.0")

    assert (device.root / "current" / "seen").read_text() == "d-1 1.2.0 from 1.1.0\n"
    assert "secret" not in (device.root / "current" / "all").read_text()


def test_the_last_two_releases_stay_on_disk(device, platform, publish):
    for number, version in enumerate(("1.0.0", "1.1.0", "1.2.0")):
        publish(version)
        install(device, platform, f"x-{number}", version)

    assert device.release_folders == {"1.1.0", "1.2.0"}
    assert list((device.root / "downloads").iterdir()) == []


def test_a_roll_back_returns_to_the_release_on_disk_without_a_download(device, platform, publish):
    publish("1.1.0")
    publish("1.2.0")
    install(device, platform, "x-1", "1.1.0")
    install(device, platform, "x-2", "1.2.0")
    downloads = len(platform.downloads)

    platform.offer("x-2", "1.1.0", action="roll_back")
    device.live_until_idle()

    assert platform.outcome_of("x-2").state == "done"
    assert device.running_release == "1.1.0"
    assert len(platform.downloads) == downloads
    assert installs(device)[-1] == ("roll_back", "1.2.0", "1.1.0")


def test_a_roll_back_to_a_pruned_release_downloads_it_again(device, platform, publish):
    for number, version in enumerate(("1.0.0", "1.1.0", "1.2.0")):
        publish(version)
        install(device, platform, f"x-{number}", version)

    platform.offer("x-9", "1.0.0", action="roll_back")
    device.live_until_idle()

    assert platform.outcome_of("x-9").state == "done"
    assert device.running_release == "1.0.0"


def test_a_roll_back_to_a_release_known_by_name_alone_takes_the_one_on_disk(device, platform, publish):
    publish("1.1.0")
    publish("1.2.0")
    install(device, platform, "x-1", "1.1.0")
    install(device, platform, "x-2", "1.2.0")
    platform.releases["1.1.0"] = {"version": "1.1.0", "size_bytes": 0, "sha256": ""}

    platform.offer("x-2", "1.1.0", action="roll_back")
    device.live_until_idle()

    assert platform.outcome_of("x-2").state == "done"
    assert device.running_release == "1.1.0"


def test_a_roll_back_to_a_release_that_nobody_has_fails_by_its_name(device, platform, publish):
    publish("1.1.0")
    install(device, platform, "x-1", "1.1.0")
    platform.releases["0.9.0"] = {"version": "0.9.0", "size_bytes": 0, "sha256": ""}

    platform.offer("x-1", "0.9.0", action="roll_back")
    device.live_until_idle()

    outcome = platform.outcome_of("x-1")
    assert (outcome.state, outcome.running_release) == ("failed", "1.1.0")
    assert "release 0.9.0 is not on this disk" in outcome.reason


def test_a_roll_back_to_no_release_removes_the_link(device, platform, publish):
    publish("1.1.0")
    install(device, platform, "x-1", "1.1.0")

    platform.offer("x-1", None, action="roll_back")
    device.live_until_idle()

    assert platform.outcome_of("x-1").running_release is None
    assert not os.path.lexists(device.root / "current")


def test_a_roll_back_of_a_release_never_taken_changes_and_logs_nothing(device, platform, publish):
    publish("1.1.0")
    install(device, platform, "x-1", "1.1.0")

    platform.offer("x-2", "1.1.0", action="roll_back")
    device.live_until_idle()

    assert platform.outcome_of("x-2").state == "done"
    assert len(installs(device)) == 1


def test_an_old_release_that_is_unhealthy_after_a_roll_back_is_reported_so(device, platform, publish, tmp_path):
    switch = tmp_path / "old-release-is-broken"
    publish("1.1.0", health_check=f"#!/bin/sh\ntest ! -e {switch}\n")
    publish("1.2.0")
    install(device, platform, "x-1", "1.1.0")
    install(device, platform, "x-2", "1.2.0")
    switch.touch()

    platform.offer("x-2", "1.1.0", action="roll_back")
    device.live_until_idle()

    outcome = platform.outcome_of("x-2")
    assert (outcome.state, outcome.running_release) == ("failed", "1.1.0")
    assert outcome.reason == "runs release 1.1.0, but health check exited with 1"


def test_an_archive_that_says_it_is_another_version_is_refused(device, platform, publish):
    publish("1.1.0")
    platform.releases["1.2.0"] = {**platform.releases["1.1.0"], "version": "1.2.0"}
    platform.archives["1.2.0"] = platform.archives["1.1.0"]

    install(device, platform, "x-1", "1.2.0")

    assert platform.outcome_of("x-1").state == "failed"
    assert "says it is 1.1.0" in platform.outcome_of("x-1").reason


def test_a_full_disk_defers_the_deployment_before_the_download(device, platform, publish, monkeypatch):
    publish("1.1.0")
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("ringtree_device.filesystem_installer.shutil.disk_usage", lambda path: usage)

    install(device, platform, "x-1", "1.1.0")

    assert platform.outcome_of("x-1").state == "deferred"
    assert "1000 are free" in platform.outcome_of("x-1").reason
    assert platform.downloads == []


def test_a_deployment_that_ended_is_not_done_again_but_reported_again_when_still_on_offer(device, platform, publish):
    publish("1.1.0")
    install(device, platform, "x-1", "1.1.0")

    platform.offer("x-1", "1.1.0")
    device.live_until_idle()

    assert platform.states_of("x-1") == ["downloading", "installing", "verifying", "done", "done"]
    assert len(installs(device)) == 1


def test_a_version_that_would_leave_the_releases_folder_is_not_acted_upon(device, platform, publish):
    publish("1.1.0")
    platform.offer("x-1", "1.1.0")
    platform.deployment["release"] = {**platform.deployment["release"], "version": "../../evil"}

    device.live(until=lambda: len(device.contacts) > 2)

    assert all("is not a name of letters" in contact.problem for contact in device.contacts)
    assert device.release_folders == set()


def test_a_withdrawn_deployment_stops_before_the_switch(device, platform, publish, tmp_path):
    started = tmp_path / "hook-runs"
    publish("1.1.0", pre_install=f"#!/bin/sh\ntouch {started}\nsleep 30\n")
    platform.offer("x-1", "1.1.0")

    def halted_and_stopped() -> bool:
        if started.exists():
            platform.withdraw()
        return platform.deployment is None and device.state.job is None

    device.live(until=halted_and_stopped)

    assert device.running_release is None
    assert platform.states_of("x-1") == ["downloading", "installing"]
    assert not (device.root / "installs.jsonl").exists()


def test_progress_that_is_refused_stops_the_install(device, platform, publish):
    publish("1.1.0")
    platform.offer("x-1", "1.1.0")
    offered = platform.deployment

    def on_step(step: str) -> None:
        if step == "after saving step installing":
            platform.deployment = {**offered, "deployment_id": "x-2", "release": None, "action": "roll_back"}

    device.live_until_idle(on_step)

    assert ("x-1", "installing") in platform.refused_progress
    assert device.running_release is None


def test_an_install_past_the_point_of_no_return_ends_although_it_is_withdrawn(device, platform, publish):
    publish("1.1.0")
    platform.offer("x-1", "1.1.0")

    def on_step(step: str) -> None:
        if step == "after saving step switching":
            platform.withdraw()

    device.live_until_idle(on_step)

    assert device.running_release == "1.1.0"
    assert ("x-1", "done") in platform.refused_progress


def test_heartbeats_go_on_while_a_hook_runs(device, platform, publish):
    publish("1.1.0", pre_install="#!/bin/sh\nsleep 0.3\n")
    platform.offer("x-1", "1.1.0")

    device.live_until_idle()

    assert len(platform.heartbeats) > 5


def test_a_hook_that_hangs_is_killed_with_its_children(device, platform, publish, tmp_path):
    publish("1.1.0", health_check=f"#!/bin/sh\nsleep 60 &\necho $! >{tmp_path}/child\nwait\n", hook_timeout_seconds=0.2)

    install(device, platform, "x-1", "1.1.0")

    outcome = platform.outcome_of("x-1")
    assert (outcome.state, outcome.reason) == ("rolled_back", "health check did not end in time")
    child = int((tmp_path / "child").read_text())
    assert _has_ended(child)


def _has_ended(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True
