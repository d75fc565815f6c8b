from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

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


@pytest.fixture(scope="module")
def ring(operations: Operations) -> str:
    return operations.make_rings("unlucky")[0]


@pytest.fixture(scope="module")
def fleet(operations: Operations, make_fleet: FleetMaker, ring: str) -> LiveFleet:
    fleet = make_fleet({operations.names.device(number): ring for number in range(DEVICES)})
    operations.await_devices(ring, DEVICES)
    return fleet


@pytest.fixture
def mailboxes(ringtree: "Ringtree") -> Iterator[dict[str, Mailbox]]:
    """The mailboxes of all kinds whose workers die, giving messages out again after seconds, not after a minute."""
    mailboxes = {kind: Mailbox.of(ringtree.aws, kind) for kind in KILLED_KINDS}
    with ExitStack() as shortened:
        for mailbox in mailboxes.values():
            shortened.enter_context(mailbox.redelivering_after(REDELIVERED_AFTER_SECONDS))
        yield mailboxes


@pytest.mark.parametrize("kind", KILLED_KINDS)
def test_workers_killed_in_the_middle_of_a_batch_lose_and_repeat_nothing(
    ringtree: "Ringtree",
    operations: Operations,
    supervision: Supervision,
    fleet: LiveFleet,
    ring: str,
    mailboxes: dict[str, Mailbox],
    kind: str,
) -> None:
    release = operations.publish(f"1.0.{list(KILLED_KINDS).index(kind)}").version
    workers = FunctionWorkers(ringtree.aws, KILLED_KINDS[kind])
    deployment_id = operations.start(
        f"killed-{kind}", release, (ring,), batch_size=DEVICES // BATCHES, batch_timeout_seconds=90
    )

    killed = workers.kill_at_work(lambda: mailboxes[kind].count(IN_FLIGHT) > 0)
    deployment = operations.end_of(deployment_id)

    assert killed >= 1
    assert deployment.status == "promoted"
    assert (deployment.rings[0].devices, deployment.rings[0].outcomes.done) == (DEVICES, DEVICES)
    assert deployment.rings[0].outcomes.ended == DEVICES
    everyone = [operations.names.device(number) for number in range(DEVICES)]
    assert fleet.installs_of(release) == dict.fromkeys(everyone, 1)
    assert {device.running_release for device in operations.devices(ring)} == {release}
    (execution,) = supervision.deployments(deployment_id)
    assert (execution.status, execution.outcome) == ("SUCCEEDED", "promoted")
    rollout = supervision.ring_rollouts(deployment_id)[ring]
    assert [child.status for child in supervision.batches(rollout)] == ["SUCCEEDED"] * BATCHES


def test_frames_of_agents_delivered_twice_count_once(
    ringtree: "Ringtree", operations: Operations, agents: AgentsTable, fleet: LiveFleet, ring: str
) -> None:
    release = operations.publish("1.1.0").version
    deployment_id = operations.start("twice", release, (ring,), batch_size=DEVICES)
    operations.end_of(deployment_id)
    batch, analyst = f"batch/{deployment_id}/{ring}/1", f"ring_analyst/{deployment_id}/{ring}"
    members = [f"device/{operations.names.device(number)}" for number in range(DEVICES)]
    frames = [frame for agent in (*members, batch) for frame in agents.last_frames(agent)]
    assert {frame["to"] for frame in frames} == {batch, analyst}
    assert sum(message["type"] == "DeviceEnded" for frame in frames for message in frame["messages"]) == DEVICES
    before = {agent: agents.state(agent) for agent in (batch, analyst)}
    versions = {agent: agents.version(agent) for agent in (batch, analyst)}

    for frame in frames:
        Mailbox.of(ringtree.aws, frame["to"].partition("/")[0]).deliver(frame)
    for kind in ("batch", "ring_analyst", "device"):
        Mailbox.of(ringtree.aws, kind).await_empty()

    assert {agent: agents.state(agent) for agent in (batch, analyst)} == before
    assert all(agents.version(agent) > version for agent, version in versions.items())
    (progress,) = operations.api.deployment(deployment_id).rings
    assert progress.outcomes.done == progress.outcomes.ended == DEVICES
    assert len(fleet.installs_of(release)) == DEVICES


def test_words_of_outsiders_delivered_twice_change_nothing(
    ringtree: "Ringtree", operations: Operations, agents: AgentsTable, fleet: LiveFleet, ring: str
) -> None:
    release = operations.publish("1.2.0").version
    deployment_id = operations.start("said-twice", release, (ring,), batch_size=DEVICES)
    operations.end_of(deployment_id)
    device, deployment = f"device/{operations.names.device(0)}", f"deployment/{deployment_id}"
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
        mailbox = Mailbox.of(ringtree.aws, to.partition("/")[0])
        for _ in range(2):
            mailbox.deliver({"to": to, "messages": [{"type": kind, "data": data}]})
    for kind in ("device", "batch", "ring_analyst", "deployment"):
        Mailbox.of(ringtree.aws, kind).await_empty()

    after = operations.api.deployment(deployment_id)
    assert (after.status, after.ended_at, after.rings[0].outcomes) == (
        before.status,
        before.ended_at,
        before.rings[0].outcomes,
    )
    assert operations.outcomes(deployment_id) == outcomes
    assert len(fleet.installs_of(release)) == DEVICES
    assert operations.state_of(device)["deployment"]["state"] == "done"
