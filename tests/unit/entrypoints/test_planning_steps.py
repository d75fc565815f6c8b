"""The steps that plan: which devices, in which batches."""

import hashlib
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.ports import AgentListing, AgentPage, AgentSnapshot
from lambdas.agents.batch.batch_line import BatchLine
from lambdas.agents.batch.messages import BatchPurpose, OpenBatch
from lambdas.agents.batch.state import Batch, BatchPhase
from lambdas.entrypoints.steps import plan_deployment as deployment_step
from lambdas.entrypoints.steps import plan_rollback as rollback_step
from lambdas.entrypoints.steps.plan_deployment import PlanOrder, plan_deployment
from lambdas.entrypoints.steps.plan_rollback import PlannedRollback, RollbackOrder, plan_rollback
from lambdas.fleet.in_memory.artifact_store import InMemoryArtifactStore
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.plans import RingPolicy, RolloutPlan
from lambdas.fleet.releases import Release
from lambdas.wiring.planning import PlanningPorts
from tests.unit.entrypoints.aws_in_process import AwsInProcess

RELEASE = Release("1.1.0", 10, "0" * 64)


class Directory:
    """Agents as a list of listings and a mapping of states."""

    def __init__(self) -> None:
        self.listings: list[AgentListing] = []
        self.states: dict[ActorId, Any] = {}
        self.largest_read = 0

    def add_device(self, device_id: str, ring: str, running: str = "1.0.0", has_client: str = "true") -> None:
        listed = {"ring": ring, "running_release": running, "is_simulated": "false", "has_client": has_client}
        self.listings.append(AgentListing(ActorId("device", device_id), listed))

    def add_batch(self, number: int, devices: tuple[str, ...], **outcomes: InstallState) -> None:
        agent = ActorId("batch", f"dep-1/canary/{number}")
        ended = {name.replace("_", "-"): outcome for name, outcome in outcomes.items()}
        self.states[agent] = Batch(
            str(agent),
            "dep-1",
            "canary",
            number,
            devices=devices,
            timeout_seconds=60.0,
            phase=BatchPhase.CLOSED,
            outcomes=ended,
        )

    def get(self, agent: ActorId) -> AgentSnapshot | None:
        return self.get_many([agent]).get(agent)

    def get_many(self, agents: Any) -> dict[ActorId, AgentSnapshot]:
        self.largest_read = max(self.largest_read, len(agents))
        return {
            agent: AgentSnapshot(agent, 1, msgspec.json.encode(self.states[agent]).decode(), {})
            for agent in agents
            if agent in self.states
        }

    def list(self, kind: str, limit: int, cursor: str | None = None) -> AgentPage:
        start = int(cursor or 0)
        following = str(start + limit) if start + limit < len(self.listings) else None
        return AgentPage(tuple(self.listings[start : start + limit]), following)


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def artifacts() -> InMemoryArtifactStore:
    return InMemoryArtifactStore()


def _lines(artifacts: InMemoryArtifactStore, key: str) -> list[BatchLine]:
    return [msgspec.json.decode(line, type=BatchLine) for line in artifacts.read_lines(key)]


def _order(*rings: str, batch_size: int = 2) -> PlanOrder:
    policy = RingPolicy(batch_size=batch_size, batch_timeout=timedelta(minutes=2))
    return PlanOrder("dep-1", RELEASE, RolloutPlan(rings, policy))


def test_line_of_a_batch_is_what_the_batch_is_told_but_for_the_token() -> None:
    told = {field.name for field in fields(OpenBatch)} - {"task_token"}

    assert {field.name for field in fields(BatchLine)} == told | {"batch"}


def test_devices_of_a_ring_are_cut_into_batches(directory: Directory, artifacts: InMemoryArtifactStore) -> None:
    for number in range(5):
        directory.add_device(f"d-{number}", "canary")
    directory.add_device("d-9", "broad")

    planned = plan_deployment(PlanningPorts(directory, artifacts), _order("canary", "broad"))

    assert [(ring.ring, ring.devices, ring.batches) for ring in planned] == [("canary", 5, 3), ("broad", 1, 1)]
    lines = _lines(artifacts, "plans/dep-1/canary.jsonl")
    assert [line.batch for line in lines] == [f"batch/dep-1/canary/{number}" for number in (1, 2, 3)]
    assert sorted(device for line in lines for device in line.devices) == [f"d-{number}" for number in range(5)]
    assert {(line.purpose, line.timeout_seconds, line.release) for line in lines} == {
        (BatchPurpose.INSTALL, 120.0, RELEASE)
    }


def test_only_devices_that_can_and_need_to_install_are_planned(
    directory: Directory, artifacts: InMemoryArtifactStore
) -> None:
    directory.add_device("d-1", "canary")
    directory.add_device("has-it", "canary", running="1.1.0")
    directory.add_device("no-client", "canary", has_client="false")
    directory.add_device("elsewhere", "early")
    directory.listings.append(AgentListing(ActorId("device", "never-enrolled"), {}))

    plan_deployment(PlanningPorts(directory, artifacts), _order("canary"))

    (line,) = _lines(artifacts, "plans/dep-1/canary.jsonl")
    assert line.devices == ("d-1",)


def test_ring_without_devices_has_no_batches(directory: Directory, artifacts: InMemoryArtifactStore) -> None:
    planned = plan_deployment(PlanningPorts(directory, artifacts), _order("canary"))

    assert [(ring.devices, ring.batches) for ring in planned] == [(0, 0)]
    assert _lines(artifacts, planned[0].key) == []


def test_order_is_random_over_deployments_but_the_same_at_every_run(
    directory: Directory, artifacts: InMemoryArtifactStore
) -> None:
    for number in range(50):
        directory.add_device(f"d-{number:02d}", "canary")
    ports = PlanningPorts(directory, artifacts)
    order = _order("canary", batch_size=50)

    plan_deployment(ports, order)
    first = _lines(artifacts, "plans/dep-1/canary.jsonl")
    directory.listings.reverse()
    plan_deployment(ports, order)
    second = _lines(artifacts, "plans/dep-1/canary.jsonl")
    plan_deployment(ports, PlanOrder("dep-2", RELEASE, order.plan))
    other = _lines(artifacts, "plans/dep-2/canary.jsonl")

    assert first == second
    assert first[0].devices != tuple(sorted(first[0].devices))
    assert first[0].devices != other[0].devices


def test_hundred_thousand_devices_are_planned_in_moments(
    directory: Directory, artifacts: InMemoryArtifactStore
) -> None:
    for number in range(100_000):
        directory.add_device(f"device-{hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()}", "canary")

    planned = plan_deployment(PlanningPorts(directory, artifacts), _order("canary", batch_size=500))

    assert (planned[0].devices, planned[0].batches) == (100_000, 200)
    assert max(len(line) for line in artifacts.lists["plans/dep-1/canary.jsonl"]) < 200 * 1024


def test_rollback_reaches_exactly_the_devices_that_took_the_release_or_may_have(
    directory: Directory, artifacts: InMemoryArtifactStore
) -> None:
    devices = ("d-1", "d-2", "d-3", "d-4", "d-5", "d-6", "d-7")
    directory.add_batch(
        1,
        devices,
        d_1=InstallState.DONE,
        d_2=InstallState.FAILED,
        d_3=InstallState.SILENT,
        d_4=InstallState.ROLLED_BACK,
        d_5=InstallState.CANCELLED,
        d_6=InstallState.DEFERRED,
    )
    directory.add_batch(2, ("d-8",), d_8=InstallState.DONE)

    planned = plan_rollback(PlanningPorts(directory, artifacts), RollbackOrder("dep-1", "canary", 2, RELEASE))

    assert planned == PlannedRollback(1, 5, "rollbacks/dep-1/canary.jsonl")
    (line,) = _lines(artifacts, planned.key)
    assert line.devices == ("d-1", "d-2", "d-3", "d-7", "d-8")
    assert (line.batch, line.purpose) == ("batch/dep-1/canary/rollback/1", BatchPurpose.ROLL_BACK)
    assert (line.timeout_seconds, line.release) == (60.0, RELEASE)


@pytest.mark.parametrize("phase", [BatchPhase.UNOPENED, BatchPhase.WAITING])
def test_batch_that_was_never_let_in_has_nothing_to_roll_back(
    directory: Directory, artifacts: InMemoryArtifactStore, phase: BatchPhase
) -> None:
    directory.add_batch(1, ("d-1",))
    agent = ActorId("batch", "dep-1/canary/1")
    directory.states[agent] = replace(directory.states[agent], phase=phase)

    planned = plan_rollback(PlanningPorts(directory, artifacts), RollbackOrder("dep-1", "canary", 3, RELEASE))

    assert (planned.batches, planned.devices) == (0, 0)


def test_batches_of_a_large_ring_are_read_a_few_at_a_time(
    directory: Directory, artifacts: InMemoryArtifactStore
) -> None:
    for number in range(1, 181):
        directory.add_batch(number, (f"d-{number}",))

    planned = plan_rollback(PlanningPorts(directory, artifacts), RollbackOrder("dep-1", "canary", 180, RELEASE))

    assert planned.devices == 180
    assert directory.largest_read <= 100


def test_functions_take_the_input_of_the_state_machine(aws: AwsInProcess) -> None:
    release = {"version": "1.1.0", "size_bytes": 10, "sha256": "0" * 64}
    plan = msgspec.to_builtins(RolloutPlan(("canary",)))
    event = {"deployment_id": "dep-1", "release": release, "plan": plan, "requested_by": "operator"}

    rings = deployment_step.handler(event, None)["rings"]
    rollback = rollback_step.handler(
        {"deployment_id": "dep-1", "ring": "canary", "batches": 1, "release": release}, None
    )

    assert rings == [{"ring": "canary", "devices": 0, "batches": 0, "key": "plans/dep-1/canary.jsonl"}]
    assert rollback == {"batches": 0, "devices": 0, "key": "rollbacks/dep-1/canary.jsonl"}
