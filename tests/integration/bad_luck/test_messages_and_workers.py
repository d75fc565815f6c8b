from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lab.embedded_aws.emulator import EmbeddedAws
from tests.integration.bad_luck.conftest import FleetMaker
from tests.live_system.agents_table import AgentsTable
from tests.live_system.function_workers import FunctionWorkers
from tests.live_system.live_fleet import LiveFleet
from tests.live_system.mailboxes import IN_FLIGHT, Mailbox
from tests.live_system.operations import Operations
from tests.live_system.supervision import Supervision

if TYPE_CHECKING:
    from tests.conftest import Ringtree

DEVICES = 6
BATCHES = 2
REDELIVERED_AFTER_SECONDS = 6
KILLED_KINDS = {"batch": "BatchTurns", "ring_analyst": "RingAnalystTurns", "device": "DeviceTurns"}


@dataclass(frozen=True, slots=True)
class Unlucky:
    """A ring of devices that all of this happens to."""

    aws: EmbeddedAws
    ring: str
    devices: tuple[str, ...]
    fleet: LiveFleet


@pytest.fixture(scope="module")
def unlucky(ringtree: "Ringtree", operations: Operations, make_fleet: FleetMaker) -> Unlucky:
    (ring,) = operations.make_rings("unlucky")
    devices = tuple(operations.names.device(number) for number in range(DEVICES))
    fleet = make_fleet(dict.fromkeys(devices, ring))
    operations.await_devices(ring, DEVICES)
    return Unlucky(ringtree.aws, ring, devices, fleet)


def test_frames_of_agents_delivered_twice_count_once(
    operations: Operations, agents: AgentsTable, unlucky: Unlucky
) -> None:
    release = operations.publish("1.1.0").version
    deployment_id = operations.start("twice", release, (unlucky.ring,), batch_size=DEVICES)
    operations.end_of(deployment_id)
    batch, analyst = f"batch/{deployment_id}/{unlucky.ring}/1", f"ring_analyst/{deployment_id}/{unlucky.ring}"
    of_batch = agents.last_frames(batch)
    assert [frame["to"] for frame in of_batch] == [analyst]
    assert "OutcomesReported" in {message["type"] for message in of_batch[0]["messages"]}
    of_devices = [_ended(batch, sender, seq) for sender, seq in agents.senders(batch).items() if "device/" in sender]
    assert len(of_devices) == DEVICES
    before = {agent: (agents.state(agent), agents.version(agent)) for agent in (batch, analyst)}

    for frame in (*of_batch, *of_devices):
        Mailbox.of(unlucky.aws, frame["to"].partition("/")[0]).deliver(frame)
    for kind in ("batch", "ring_analyst", "device"):
        Mailbox.of(unlucky.aws, kind).await_empty()

    for agent, (state, version) in before.items():
        assert agents.version(agent) > version
        assert agents.state(agent) == state
    (progress,) = operations.api.deployment(deployment_id).rings
    assert progress.outcomes.done == progress.outcomes.ended == DEVICES
    assert unlucky.fleet.installs_of(release) == dict.fromkeys(unlucky.devices, 1)


def _ended(batch: str, device: str, sequence: int) -> dict[str, Any]:
    """The frame by which a device's agent told its batch that it has ended."""
    data = {"device_id": device.removeprefix("device/"), "outcome": "done", "reason": ""}
    return {
        "to": batch,
        "messages": [{"type": "DeviceEnded", "data": data}],
        "from": device,
        "lane": "normal",
        "seq": sequence,
    }


def test_words_of_outsiders_delivered_twice_change_nothing(
    operations: Operations, agents: AgentsTable, unlucky: Unlucky
) -> None:
    release = operations.publish("1.2.0").version
    deployment_id = operations.start("said-twice", release, (unlucky.ring,), batch_size=DEVICES)
    operations.end_of(deployment_id)
    ring = unlucky.ring
    device, deployment = f"device/{unlucky.devices[0]}", f"deployment/{deployment_id}"
    batch, analyst = f"batch/{deployment_id}/{ring}/1", f"ring_analyst/{deployment_id}/{ring}"
    opened = agents.state(batch)
    asked = ("deployment_id", "ring", "number", "purpose", "release", "devices", "timeout_seconds", "task_token")
    words = (
        (
            device,
            "InstallEnded",
            {"deployment_id": deployment_id, "outcome": "done", "running_release": release, "reason": ""},
        ),
        (device, "InstallProgressed", {"deployment_id": deployment_id, "state": "installing"}),
        (batch, "OpenBatch", {name: opened[name] for name in asked}),
        (analyst, "JudgeRing", {"task_token": agents.state(analyst)["task_token"]}),
        (deployment, "RingEnded", {"ring": ring, "outcome": "promoted"}),
        (deployment, "EndDeployment", {"outcome": "promoted", "reason": "every ring was promoted"}),
    )
    before = operations.api.deployment(deployment_id)
    outcomes = operations.outcomes(deployment_id)

    for to, kind, data in words:
        mailbox = Mailbox.of(unlucky.aws, to.partition("/")[0])
        for _ in range(2):
            mailbox.deliver({"to": to, "messages": [{"type": kind, "data": data}]})
    for kind in ("device", "batch", "ring_analyst", "deployment"):
        Mailbox.of(unlucky.aws, kind).await_empty()

    after = operations.api.deployment(deployment_id)
    assert (after.status, after.ended_at, after.rings[0].outcomes) == (
        before.status,
        before.ended_at,
        before.rings[0].outcomes,
    )
    assert operations.outcomes(deployment_id) == outcomes
    assert unlucky.fleet.installs_of(release) == dict.fromkeys(unlucky.devices, 1)
    assert operations.state_of(device)["deployment"]["state"] == "done"


@pytest.fixture
def killed(request: pytest.FixtureRequest, operations: Operations, unlucky: Unlucky) -> str:
    """A deployment whose workers of one kind of agent were killed with messages in hand; it goes on by itself."""
    kind = str(request.param)
    release = operations.publish(f"1.0.{list(KILLED_KINDS).index(kind)}").version
    mailbox, workers = Mailbox.of(unlucky.aws, kind), FunctionWorkers(unlucky.aws, KILLED_KINDS[kind])
    with mailbox.redelivering_after(REDELIVERED_AFTER_SECONDS):
        half = DEVICES // BATCHES
        deployment_id = operations.start(f"killed-{kind}", release, (unlucky.ring,), batch_size=half)
        workers.kill_at_work(lambda: mailbox.count(IN_FLIGHT) > 0)
        operations.end_of(deployment_id)
    return deployment_id


@pytest.mark.parametrize("killed", KILLED_KINDS, indirect=True)
def test_workers_killed_in_the_middle_of_a_batch_lose_and_repeat_nothing(
    operations: Operations, supervision: Supervision, unlucky: Unlucky, killed: str
) -> None:
    deployment = operations.api.deployment(killed)
    release, (ring,) = str(deployment.release), deployment.rings

    assert deployment.status == "promoted"
    assert (ring.devices, ring.outcomes.done, ring.outcomes.ended) == (DEVICES, DEVICES, DEVICES)
    assert unlucky.fleet.installs_of(release) == dict.fromkeys(unlucky.devices, 1)
    assert {device.running_release for device in operations.devices(unlucky.ring)} == {release}
    (execution,) = supervision.deployments(killed)
    assert (execution.status, execution.outcome) == ("SUCCEEDED", "promoted")
    rollout = supervision.ring_rollouts(killed)[unlucky.ring]
    assert [child.status for child in supervision.batches(rollout)] == ["SUCCEEDED"] * BATCHES
