"""Acts two and three: a release that reaches everyone, and one that is stopped and taken back."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from ringtree_cli.answers import Deployment, Device, DeviceOutcome
from ringtree_cli.deployment_watch import watch_deployment
from ringtree_cli.rollout_plan import RolloutOptions

from lab.demo.checks import Check, Evidence, check_bad_story, check_good_story
from lab.demo.closing import ToldStory, print_checks
from lab.demo.enrolment_act import fleet_log
from lab.demo.play import Play
from lab.demo.releases import BAD_RELEASE, GOOD_RELEASE, publish_bad_release, publish_good_release
from lab.demo.this_machine import DEVICE_ID, read_disk, read_installs

GOOD_DEPLOYMENT = "demo-good-release"
BAD_DEPLOYMENT = "demo-bad-release"
LOOKS_EVERY_SECONDS = 0.4
DEVICES_PER_SECOND_OF_PAUSE = 250
SETTLES_WITHIN_SECONDS = 30.0
"""Heartbeats that tell what devices run follow a deployment's end by one interval."""
TOLERATED_FAILURE_SHARE = 0.1
MINIMUM_SAMPLE = 4
CANARY_BATCH = 3
BATCHES_PER_FLEET = 12


def tell_good_story(play: Play) -> ToldStory:
    """Release 1.1.0 goes out to every ring."""
    play.stage.act(f"Release {GOOD_RELEASE} goes out through {', '.join(play.rings)}")
    release = publish_good_release(play.api, play.folders.archives, lambda _: None)
    play.stage.say(f"published {release.version}: {release.size_bytes:,} bytes, SHA-256 {release.sha256[:16]}…")
    options = RolloutOptions(
        rings=play.rings,
        batch_size=max(CANARY_BATCH, play.fleet_size // BATCHES_PER_FLEET),
        max_open_batches=4,
        bake=timedelta(seconds=3),
        tolerated_failure_share=TOLERATED_FAILURE_SHARE,
        minimum_sample=MINIMUM_SAMPLE,
        batch_timeout=_batch_timeout(play),
    )
    return _tell(play, GOOD_DEPLOYMENT, GOOD_RELEASE, options, lambda found: check_good_story(found, play.rings))


def tell_bad_story(play: Play) -> ToldStory:
    """Release 1.2.0 is found out in the first ring, stopped there, and taken back."""
    play.stage.act(f"Release {BAD_RELEASE} has a defect that shows on some devices")
    release = publish_bad_release(play.api, play.folders.archives, lambda _: None)
    play.stage.say(f"published {release.version}: {release.size_bytes:,} bytes, SHA-256 {release.sha256[:16]}…")
    options = RolloutOptions(
        rings=play.rings,
        batch_size=CANARY_BATCH,
        max_open_batches=1,
        bake=timedelta(seconds=3),
        tolerated_failure_share=TOLERATED_FAILURE_SHARE,
        minimum_sample=MINIMUM_SAMPLE,
        batch_timeout=_batch_timeout(play),
    )
    told = _tell(
        play,
        BAD_DEPLOYMENT,
        BAD_RELEASE,
        options,
        lambda found: check_bad_story(found, play.rings[0], GOOD_RELEASE),
    )
    play.stage.say(
        f"{BAD_RELEASE} was {told.deployment.status.replace('_', ' ')} because {told.deployment.reason}", "bold"
    )
    return told


def _tell(
    play: Play, deployment_id: str, release: str, options: RolloutOptions, check: Callable[[Evidence], list[Check]]
) -> ToldStory:
    before = play.system.aws.call_counts()
    play.api.start_deployment(deployment_id, release, options.to_plan())
    sights = watch_deployment(play.api, deployment_id, _pause(play), _look_pause_seconds(play))
    deployment = play.stage.follow(sights, lambda: _aside(play))
    calls = (play.system.aws.call_counts() - before).by_service()
    checks = _settled_checks(play, deployment, check)
    print_checks(play.stage.console, checks)
    return ToldStory(f"release {release}", deployment, checks, calls)


def _settled_checks(play: Play, deployment: Deployment, check: Callable[[Evidence], list[Check]]) -> list[Check]:
    """Check; look again while something does not hold, for as long as it may only be late."""
    deadline = time.monotonic() + SETTLES_WITHIN_SECONDS
    while True:
        checks = check(_gather(play, deployment))
        if all(one.holds for one in checks) or time.monotonic() > deadline:
            return checks
        play.processes.check_alive()
        time.sleep(LOOKS_EVERY_SECONDS)


def _gather(play: Play, deployment: Deployment) -> Evidence:
    outcomes: Sequence[DeviceOutcome] = play.api.device_outcomes(deployment.deployment_id)
    devices: Sequence[Device] = tuple(play.api.devices())
    return Evidence(
        release=deployment.release or "",
        deployment=deployment,
        outcomes=outcomes,
        devices=devices,
        installs={**fleet_log(play).installs, DEVICE_ID: read_installs(play.folders.device)},
        real_device_id=DEVICE_ID,
        disk=read_disk(play.folders.device),
    )


def _aside(play: Play) -> str:
    return f"this machine runs {read_disk(play.folders.device).version_file or 'nothing'}"


def _pause(play: Play) -> Callable[[float], None]:
    """Wait between two looks, and end the story when one of our processes has ended."""

    def pause(seconds: float) -> None:
        play.processes.check_alive()
        time.sleep(seconds)

    return pause


def _look_pause_seconds(play: Play) -> float:
    """A look costs the emulator work for every device at work; a large fleet is looked at less often."""
    return LOOKS_EVERY_SECONDS + play.fleet_size / DEVICES_PER_SECOND_OF_PAUSE


def _batch_timeout(play: Play) -> timedelta:
    """Long enough for a laptop that emulates the cloud and the whole fleet at once."""
    return timedelta(seconds=90 + 0.2 * play.fleet_size)
