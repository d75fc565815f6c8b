from tests.end_to_end.story import PER_RING, Story
from tests.live_system.supervision import Supervision


def test_it_is_halted_in_the_first_ring_for_a_reason_and_rolled_back(story: Story) -> None:
    deployment, (first, *_) = story.bad.deployment, story.bad.deployment.rings

    assert deployment.status == "rolled_back"
    assert first.status == "rolled_back"
    assert first.outcomes.rolled_back == len(story.failing)
    assert first.finding
    assert deployment.reason == f"ring {story.rings[0]}: {first.finding}"


def test_later_rings_never_see_it(story: Story) -> None:
    first, *later = story.rings

    assert [(ring.ring, ring.status, ring.outcomes.ended) for ring in story.bad.deployment.rings[1:]] == [
        (ring, "waiting", 0) for ring in later
    ]
    assert {outcome.ring for outcome in story.bad.outcomes.values()} == {first}
    members = {device_id for device_id, device in story.bad.devices.items() if device.ring != first}
    assert len(members) == 2 * PER_RING
    assert all(story.bad.installs[device_id] == story.good.installs[device_id] for device_id in members)


def test_every_device_that_took_it_is_back_on_its_last_good_release(story: Story) -> None:
    good, bad = story.good.release.version, story.bad.release.version
    reverted = [("install", good), ("install", bad), ("revert", good)]
    taken_back = [("install", good), ("install", bad), ("roll_back", good)]

    first_ring = story.simulated[: PER_RING - 1]
    assert {device_id: story.bad.installs[device_id] for device_id in first_ring} == {
        device_id: reverted if device_id in story.failing else taken_back for device_id in first_ring
    }
    assert {device.running_release for device in story.bad.devices.values()} == {good}


def test_failed_health_checks_are_reported_with_their_reason(story: Story) -> None:
    failed = {device_id: story.bad.outcomes[device_id] for device_id in story.failing}

    assert {outcome.outcome for outcome in failed.values()} == {"rolled_back"}
    assert all("health check" in (outcome.reason or "") for outcome in failed.values())


def test_the_real_device_was_taken_back_by_the_platform_alone(story: Story) -> None:
    good, bad, disk = story.good.release.version, story.bad.release.version, story.bad.disk

    assert story.bad.outcomes[story.real].outcome == "done"
    assert disk.current == f"releases/{good}"
    assert disk.version_file == good
    assert disk.installs == [("install", good), ("install", bad), ("roll_back", good)]


def test_its_executions_end_well_because_a_halt_is_no_error(story: Story, supervision: Supervision) -> None:
    deployment_id, first = story.bad.deployment.deployment_id, story.rings[0]

    (deployment,) = supervision.deployments(deployment_id)
    assert (deployment.status, deployment.outcome) == ("SUCCEEDED", "rolled_back")
    rollouts = supervision.ring_rollouts(deployment_id)
    assert {ring: (one.status, one.outcome) for ring, one in rollouts.items()} == {first: ("SUCCEEDED", "rolled_back")}
    assert [child.status for child in supervision.batches(rollouts[first])] == ["SUCCEEDED"]
    (rollback,) = supervision.rollbacks(deployment_id)
    assert rollback.status == "SUCCEEDED"
    assert rollback.output["devices"] == PER_RING - len(story.failing)
    assert [child.status for child in supervision.batches(rollback)] == ["SUCCEEDED"]
