"""A deployment over agents alone: this module plays the state machines and the devices."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from lambdas.agents.batch.messages import BatchPurpose, OpenBatch
from lambdas.agents.deployment.messages import EndDeployment, EnterRing, OpenDeployment, RingEnded
from lambdas.agents.device.messages import InstallEnded, InstallProgressed, RegisterDevice
from lambdas.agents.device.state import Device
from lambdas.agents.ring_analyst.messages import JudgeRing
from lambdas.fleet.devices import DeviceDetails
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.plans import RingPolicy, RolloutPlan, cut_batches
from lambdas.fleet.releases import Release
from tests.unit.agents.agent_world import AgentWorld

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOOD = Release("1.1.0", 1000, "a" * 64)
BAD = Release("1.2.0", 1000, "b" * 64)
POLICY = RingPolicy(
    batch_size=4,
    max_open_batches=2,
    batch_timeout=timedelta(hours=1),
    tolerated_failure_share=0.1,
    minimum_sample=3,
    bake_time=timedelta(minutes=10),
)


class RolloutStory:
    """One ring after another, as the state machines would have it."""

    def __init__(self, devices: Sequence[str], policy: RingPolicy = POLICY, seed: int = 0) -> None:
        self.world = AgentWorld(NOON, random.Random(seed))
        self.policy = policy
        self.devices = tuple(devices)
        self.open_tokens: list[str] = []
        self.rollback_tokens: list[str] = []
        for device_id in devices:
            self.world.tell(f"device/{device_id}", RegisterDevice(DeviceDetails(), "canary", True, True))
        self.world.run()

    def device(self, device_id: str) -> Device:
        state = self.world.state(f"device/{device_id}")
        assert isinstance(state, Device)
        return state

    def start(self, deployment_id: str, release: Release) -> None:
        self.release = release
        self.deployment_id = deployment_id
        plan = RolloutPlan(("canary",), self.policy)
        self.batches = cut_batches(self.devices, self.policy.batch_size)
        deployment = f"deployment/{deployment_id}"
        self.world.tell(deployment, OpenDeployment(release.version, plan, "test"))
        self.world.tell(deployment, EnterRing("canary", len(self.devices), len(self.batches), f"enter-{deployment_id}"))
        self.world.run()

    def open_batches(self) -> None:
        self.open_tokens = [
            self._open(number, batch, BatchPurpose.INSTALL) for number, batch in enumerate(self.batches)
        ]
        self.world.run()

    def _open(self, number: int, devices: Sequence[str], purpose: BatchPurpose) -> str:
        folder = "" if purpose is BatchPurpose.INSTALL else "rollback/"
        address = f"batch/{self.deployment_id}/canary/{folder}{number}"
        token = f"token-{address}"
        seconds = self.policy.batch_timeout.total_seconds()
        opened = OpenBatch(self.deployment_id, "canary", number, purpose, self.release, tuple(devices), seconds, token)
        self.world.tell(address, opened)
        return token

    def offered(self) -> list[str]:
        """Devices that would find work at their next heartbeat."""
        return [device_id for device_id in self.devices if self.device(device_id).work_in_hand is not None]

    def begin(self, device_id: str) -> None:
        self.world.tell(f"device/{device_id}", InstallProgressed(self.deployment_id, InstallState.INSTALLING))
        self.world.run()

    def end(self, device_id: str, outcome: InstallState, running: str | None) -> None:
        self.world.tell(f"device/{device_id}", InstallEnded(self.deployment_id, outcome, running, "told by the test"))
        self.world.run()

    def judge(self) -> str:
        token = f"judge-{self.deployment_id}"
        self.world.tell(f"ring_analyst/{self.deployment_id}/canary", JudgeRing(token))
        self.world.run()
        self.world.advance(self.policy.bake_time)
        return str(self.world.answers[token]["verdict"])

    def cohort(self) -> list[str]:
        """What the rollback is planned for: the devices that took the release, or may have."""
        spared = (InstallState.ROLLED_BACK, InstallState.CANCELLED, InstallState.DEFERRED)
        outcomes: dict[str, InstallState] = {}
        for number in range(len(self.batches)):
            outcomes |= self.world.state(f"batch/{self.deployment_id}/canary/{number}").outcomes
        return [device_id for device_id, outcome in outcomes.items() if outcome not in spared]

    def roll_back(self) -> list[str]:
        cohort = self.cohort()
        batches = cut_batches(cohort, self.policy.batch_size)
        self.rollback_tokens = [
            self._open(number, batch, BatchPurpose.ROLL_BACK) for number, batch in enumerate(batches)
        ]
        self.world.run()
        return cohort

    def finish(self, ring_outcome: str, outcome: str) -> None:
        deployment = f"deployment/{self.deployment_id}"
        self.world.tell(deployment, RingEnded("canary", ring_outcome))
        self.world.tell(deployment, EndDeployment(outcome, "told by the test"))
        self.world.run()
