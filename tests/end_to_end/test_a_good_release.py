from itertools import pairwise

from tests.end_to_end.story import PER_RING, Story
from tests.live_system.supervision import Supervision


def test_it_is_promoted_ring_by_ring(story: Story) -> None:
    deployment = story.good.deployment

    assert (deployment.status, deployment.reason) == ("promoted", "every ring was promoted")
    assert [(ring.ring, ring.status) for ring in deployment.rings] == [(ring, "promoted") for ring in story.rings]
    assert [ring.outcomes.done for ring in deployment.rings] == [PER_RING] * 3
    for before, after in pairwise(deployment.rings):
        assert before.ended_at is not None
        assert after.started_at is not None
        assert before.ended_at <= after.started_at


def test_every_device_is_told_done_in_its_ring_and_batch(story: Story) -> None:
    outcomes = story.good.outcomes

    assert {device_id: outcome.outcome for device_id, outcome in outcomes.items()} == dict.fromkeys(
        story.everyone, "done"
    )
    batches = {outcome.batch for outcome in outcomes.values()}
    deployment_id = story.good.deployment.deployment_id
    assert batches == {f"batch/{deployment_id}/{ring}/{number}" for ring in story.rings for number in (1, 2)}


def test_every_device_runs_it_by_the_api(story: Story) -> None:
    devices = story.good.devices

    assert set(devices) == story.everyone
    assert {device.running_release for device in devices.values()} == {story.good.release.version}
    assert {device.deployment.state for device in devices.values() if device.deployment} == {"done"}
    assert [device.is_simulated for device in devices.values()].count(False) == 1


def test_each_simulated_device_installed_it_exactly_once_by_its_own_log(story: Story) -> None:
    once = [("install", story.good.release.version)]

    assert story.good.installs == dict.fromkeys(story.simulated, once)


def test_the_real_device_runs_it_by_its_disk(story: Story) -> None:
    version, disk = story.good.release.version, story.good.disk

    assert disk.current == f"releases/{version}"
    assert disk.version_file == version
    assert disk.installs == [("install", version)]


def test_one_execution_supervised_it_with_one_more_per_ring_and_a_child_per_batch(
    story: Story, supervision: Supervision
) -> None:
    deployment_id = story.good.deployment.deployment_id

    (deployment,) = supervision.deployments(deployment_id)
    assert (deployment.status, deployment.outcome) == ("SUCCEEDED", "promoted")
    rollouts = supervision.ring_rollouts(deployment_id)
    assert {ring: (one.status, one.outcome) for ring, one in rollouts.items()} == dict.fromkeys(
        story.rings, ("SUCCEEDED", "promoted")
    )
    children = {ring: [child.status for child in supervision.batches(one)] for ring, one in rollouts.items()}
    assert children == {ring: ["SUCCEEDED", "SUCCEEDED"] for ring in story.rings}
    assert supervision.rollbacks(deployment_id) == []
