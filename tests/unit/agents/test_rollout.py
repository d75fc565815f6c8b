import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.actors.lanes import Lane
from lambdas.agents.batch.messages import BatchPurpose
from lambdas.agents.deployment.messages import (
    AbortDeployment,
    EndDeployment,
    PauseDeployment,
    ResumeDeployment,
    RingEnded,
)
from lambdas.agents.device.messages import DeviceHeard, InstallProgressed
from lambdas.fleet.events import DeploymentEnded, RingHalted, RingPromoted, RingStarted
from lambdas.fleet.install_states import InstallState
from tests.unit.agents.rollout_story import BAD, GOOD, POLICY, RolloutStory

DEVICES = tuple(f"d-{number}" for number in range(12))


def promoted_story(seed: int = 0) -> RolloutStory:
    """A fleet on which 1.1.0 was promoted."""
    story = RolloutStory(DEVICES, seed=seed)
    story.start("good", GOOD)
    story.open_batches()
    while offered := story.offered():
        for device_id in offered:
            story.begin(device_id)
            story.end(device_id, InstallState.DONE, "1.1.0")
    assert story.judge() == "passed"
    story.finish("promoted", "promoted")
    return story


def test_good_release_is_promoted_and_every_device_confirmed_it():
    story = promoted_story()

    assert {story.device(device_id).installed for device_id in DEVICES} == {GOOD}
    assert all(token in story.world.answers for token in story.open_tokens)
    kinds = [type(event) for event in story.world.events if type(event) in (RingStarted, RingPromoted, DeploymentEnded)]
    assert kinds == [RingStarted, RingPromoted, DeploymentEnded]
    assert story.world.state("deployment/good").rings[0].outcomes.done == 12


def test_no_more_batches_are_open_than_the_plan_allows():
    story = RolloutStory(DEVICES)
    story.start("good", GOOD)
    story.open_batches()

    assert len(story.offered()) == POLICY.max_open_batches * POLICY.batch_size


def test_bad_release_is_halted_and_devices_that_were_not_asked_never_see_it():
    story = promoted_story()
    story.start("bad", BAD)
    story.open_batches()
    first = story.offered()[:3]
    for device_id in first:
        story.begin(device_id)
        story.end(device_id, InstallState.ROLLED_BACK, "1.1.0")

    assert story.offered() == []
    assert all(token in story.world.answers for token in story.open_tokens)
    assert story.judge() == "failed"
    halted = [event for event in story.world.events if isinstance(event, RingHalted)]
    assert halted[0].reason == "3 of 3 installs went wrong (100%), 10% tolerated"


def test_exactly_the_devices_that_took_a_bad_release_are_sent_back_to_their_last_good_one():
    story = promoted_story()
    story.start("bad", BAD)
    story.open_batches()
    offered = story.offered()
    took, failed = offered[:2], offered[2:4]
    for device_id in took:
        story.begin(device_id)
        story.end(device_id, InstallState.DONE, "1.2.0")
    for device_id in failed:
        story.begin(device_id)
        story.end(device_id, InstallState.ROLLED_BACK, "1.1.0")
    assert story.judge() == "failed"

    assert sorted(story.roll_back()) == sorted(took)
    assert story.offered() == sorted(took, key=DEVICES.index)
    for device_id in took:
        work = story.device(device_id).work_in_hand
        assert work is not None
        assert (work.purpose, work.release) == (BatchPurpose.ROLL_BACK, GOOD)
        story.end(device_id, InstallState.DONE, "1.1.0")
    assert all(token in story.world.answers for token in story.rollback_tokens)


def test_device_past_its_point_of_no_return_at_the_halt_is_waited_for_and_sent_back():
    story = promoted_story()
    story.start("bad", BAD)
    story.open_batches()
    slow, *others = story.offered()
    story.begin(slow)
    for device_id in others[:3]:
        story.begin(device_id)
        story.end(device_id, InstallState.FAILED, "1.1.0")

    assert story.offered() == [slow]
    story.end(slow, InstallState.DONE, "1.2.0")
    assert story.judge() == "failed"
    assert slow in story.roll_back()


def test_device_that_installed_although_it_had_been_cancelled_is_sent_back_at_once():
    story = promoted_story()
    story.start("bad", BAD)
    story.open_batches()
    racing, *others = story.offered()
    for device_id in others[:3]:
        story.begin(device_id)
        story.end(device_id, InstallState.FAILED, "1.1.0")
    assert story.device(racing).deployment.state is InstallState.CANCELLED

    story.begin(racing)
    story.end(racing, InstallState.DONE, "1.2.0")

    work = story.device(racing).work_in_hand
    assert work is not None
    assert (work.purpose, work.release) == (BatchPurpose.ROLL_BACK, GOOD)


def test_silent_devices_count_as_failures_after_the_batch_timeout():
    story = RolloutStory(DEVICES[:4])
    story.start("good", GOOD)
    story.open_batches()
    story.end(DEVICES[0], InstallState.DONE, "1.1.0")

    story.world.advance(POLICY.batch_timeout)

    assert story.judge() == "failed"
    assert story.world.state("deployment/good").rings[0].outcomes.silent == 3
    assert story.device(DEVICES[1]).deployment.state is InstallState.SILENT


def test_silent_device_that_took_the_release_unheard_is_sent_back_when_it_returns():
    story = promoted_story()
    story.start("bad", BAD)
    story.open_batches()
    silent = story.offered()[0]
    story.begin(silent)
    story.world.advance(POLICY.batch_timeout)
    assert story.judge() == "failed"

    assert silent in story.roll_back()
    story.end(silent, InstallState.DONE, "1.2.0")

    work = story.device(silent).work_in_hand
    assert work is not None
    assert work.release == GOOD
    story.end(silent, InstallState.DONE, "1.1.0")
    assert story.device(silent).deployment.state is InstallState.ROLLED_BACK


def test_device_that_comes_back_without_the_release_it_confirmed_counts_against_it():
    story = RolloutStory(DEVICES[:4])
    story.start("good", GOOD)
    story.open_batches()
    for device_id in DEVICES[:4]:
        story.end(device_id, InstallState.DONE, "1.1.0")

    later = story.world.now.replace(minute=5)
    story.world.tell(f"device/{DEVICES[0]}", DeviceHeard(None, later))
    story.world.run()

    assert story.world.state("ring_analyst/good/canary").outcomes.rolled_back == 1
    assert story.judge() == "failed"


def test_ring_of_which_nothing_was_heard_does_not_pass():
    story = RolloutStory(DEVICES[:4])
    story.start("good", GOOD)
    story.open_batches()
    for device_id in DEVICES[:4]:
        story.end(device_id, InstallState.DEFERRED, None)

    assert story.judge() == "failed"


def test_paused_deployment_opens_no_batch_until_it_is_resumed():
    story = RolloutStory(DEVICES)
    story.start("good", GOOD)
    story.world.tell("deployment/good", PauseDeployment("lunch", "op"), Lane.CONTROL)
    story.world.run()
    story.open_batches()
    assert story.offered() == []

    story.world.tell("deployment/good", ResumeDeployment("op"), Lane.CONTROL)
    story.world.run()
    assert len(story.offered()) == 8


def test_aborted_deployment_withdraws_what_was_not_begun_and_says_why():
    story = RolloutStory(DEVICES)
    story.start("good", GOOD)
    story.open_batches()
    story.world.tell("deployment/good", AbortDeployment("wrong release", "op"), Lane.CONTROL)
    story.world.run()

    assert story.offered() == []
    assert story.judge() == "aborted"
    story.finish("rolled_back", "aborted")
    deployment = story.world.state("deployment/good")
    assert (deployment.status, deployment.reason) == ("aborted", "wrong release")


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    bad_share=st.floats(0, 1),
    silent_share=st.floats(0, 0.5),
    abort_at=st.none() | st.integers(0, 20),
)
def test_whatever_happens_the_sums_agree_and_nobody_keeps_a_halted_release(seed, bad_share, silent_share, abort_at):
    story = promoted_story(seed)
    rng = random.Random(seed)
    story.start("next", BAD)
    story.open_batches()
    steps = 0
    silent = {device_id for device_id in DEVICES if rng.random() < silent_share}
    while at_work := [device_id for device_id in story.offered() if device_id not in silent]:
        device_id = rng.choice(at_work)
        if steps == abort_at:
            story.world.tell("deployment/next", AbortDeployment("stop", "op"), Lane.CONTROL)
        if rng.random() < 0.5:
            story.world.tell(f"device/{device_id}", InstallProgressed("next", InstallState.INSTALLING))
        is_bad = rng.random() < bad_share
        story.end(device_id, InstallState.ROLLED_BACK if is_bad else InstallState.DONE, "1.1.0" if is_bad else "1.2.0")
        steps += 1
    story.world.advance(POLICY.batch_timeout)

    verdict = story.judge()
    watch = story.world.state("ring_analyst/next/canary")
    assert watch.outcomes.ended == len(DEVICES)
    assert all(token in story.world.answers for token in story.open_tokens)
    if verdict == "passed":
        return
    for device_id in story.roll_back():
        if device_id not in silent:
            story.end(device_id, InstallState.DONE, "1.1.0")
    story.world.advance(POLICY.batch_timeout)
    assert all(token in story.world.answers for token in story.rollback_tokens)
    assert {story.device(device_id).running_release for device_id in DEVICES} == {"1.1.0"}


@pytest.mark.parametrize("repeats", [2, 3])
def test_end_that_is_reported_again_is_counted_once(repeats):
    story = RolloutStory(DEVICES[:4])
    story.start("good", GOOD)
    story.open_batches()
    for _ in range(repeats):
        story.end(DEVICES[0], InstallState.DONE, "1.1.0")

    assert story.world.state("ring_analyst/good/canary").outcomes.done == 1


def test_ring_without_eligible_devices_is_on_record_as_skipped():
    story = RolloutStory(DEVICES[:4])
    story.start("good", GOOD)
    story.world.tell("deployment/good", RingEnded("canary", "skipped"))
    story.world.tell("deployment/good", EndDeployment("promoted", "every ring was promoted"))
    story.world.run()

    reason = "every ring was promoted, but for want of eligible devices: canary"
    assert story.world.state("deployment/good").reason == reason
    assert story.world.state("deployment/good").rings[0].status == "skipped"
    assert not [event for event in story.world.events if isinstance(event, RingPromoted)]


def test_deployment_that_failed_halts_the_ring_that_was_being_filled():
    story = RolloutStory(DEVICES)
    story.start("good", GOOD)
    story.open_batches()
    story.world.tell("deployment/good", EndDeployment("failed", "States.ItemReaderFailed"))
    story.world.run()

    assert story.offered() == []
    assert story.world.state("ring_analyst/good/canary").verdict.is_bad
