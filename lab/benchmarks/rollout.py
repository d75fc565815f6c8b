"""One deployment to a whole fleet, measured from its start until nothing of it is left to do."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ringtree_cli.operator_api import OperatorApi
from ringtree_cli.release_publishing import measure_archive, publish_release
from ringtree_cli.rollout_plan import RolloutOptions

from lab.benchmarks.agent_items import TurnsOfAKind, journal_write_units, read_agent_items, turns_between
from lab.benchmarks.attribution import AttributedCalls, attribute
from lab.benchmarks.growing_fleet import RING, GrowingFleet
from lab.benchmarks.ratios import ratio
from lab.embedded_aws.call_counter import CallCounts
from lab.embedded_aws.system import EmbeddedSystem
from lab.fleet_simulator.release_archives import build_archive

POLICY = RolloutOptions(
    rings=(RING,),
    batch_size=20,
    max_open_batches=40,
    bake=timedelta(seconds=1),
    batch_timeout=timedelta(minutes=10),
)
"""The same for every fleet, so that nothing but its size differs."""
LOOKS_EVERY_SECONDS = 0.5
HEARD_WITHIN_SECONDS = 180.0
ENDS_WITHIN_SECONDS = 420.0
QUIET_FOR_SECONDS = 4.0
QUIET_WITHIN_SECONDS = 60.0

Follow = Callable[[int], None]
"""Told how many devices have come so far."""


class RolloutError(Exception):
    """A deployment did not end as it should; what it would have measured means nothing."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """What a deployment took."""

    devices: int
    seconds: float
    """From the request that started it to the end of its state machine."""
    calls: AttributedCalls
    turns: Sequence[TurnsOfAKind]
    journal_write_units: int
    """Of the entries that keep the versions which the deployment made."""

    @property
    def calls_per_device(self) -> float:
        """AWS calls of the control plane for one device update."""
        return ratio(self.calls.control_plane.total(), self.devices)

    @property
    def turns_per_device(self) -> float:
        """Commits of agents of all kinds for one device update."""
        return ratio(sum(of_kind.commits for of_kind in self.turns), self.devices)

    @property
    def turns_of_a_run(self) -> float:
        """How many agents a run of a function had in its batch: the more arrives at once, the fewer calls are made."""
        calls = self.calls.control_plane
        runs = calls["lambda", "Invoke"] - calls["execute-api", "Invoke"]
        return ratio(sum(of_kind.commits for of_kind in self.turns), runs)


@dataclass(frozen=True, slots=True)
class RolloutLab:
    """Where deployments are run."""

    system: EmbeddedSystem
    api: OperatorApi
    fleet: GrowingFleet
    archives: Path

    def run(self, version: str, follow: Follow) -> Rollout:
        """Publish a release, bring it to every device of the fleet, and count. Raises RolloutError."""
        aws, devices = self.system.aws, self.fleet.size
        archive = build_archive(version, self.archives)
        publish_release(self.api, measure_archive(archive.path), version)
        table = self.system.connection.outputs["AgentsTable"]
        self._await_quiet()
        items, before, began = read_agent_items(aws.client("dynamodb"), table), aws.call_counts(), time.monotonic()

        self.api.start_deployment(f"bench-{version.replace('.', '-')}", version, POLICY.to_plan())
        self._await_end(version, follow)
        seconds = time.monotonic() - began
        self._await_quiet()

        counts = aws.call_counts() - before
        if self.fleet.installs(version) != devices:
            raise RolloutError(f"{self.fleet.installs(version)} of {devices} devices run {version} after its end")
        turns = turns_between(items, read_agent_items(aws.client("dynamodb"), table))
        calls = attribute(counts, announcements=devices)
        journal = journal_write_units(aws.client("dynamodb"), self.system.connection.outputs["JournalTable"], items)
        return Rollout(devices, seconds, calls, turns, journal)

    def idle(self, seconds: float) -> AttributedCalls:
        """Count the calls of a fleet that has nothing to do."""
        self._await_quiet()
        before = self.system.aws.call_counts()
        time.sleep(seconds)
        return attribute(self.system.aws.call_counts() - before, announcements=0)

    def await_heard(self, follow: Follow) -> None:
        """Wait until the platform has heard a heartbeat of every device. Raises RolloutError."""
        deadline = time.monotonic() + HEARD_WITHIN_SECONDS
        while (heard := sum(1 for device in self.api.devices(RING) if device.is_online)) < self.fleet.size:
            follow(heard)
            if time.monotonic() > deadline:
                raise RolloutError(f"{heard} of {self.fleet.size} devices were heard in {HEARD_WITHIN_SECONDS:.0f} s")
            time.sleep(1.0)

    def _await_end(self, version: str, follow: Follow) -> None:
        states: Any = self.system.aws.client("stepfunctions")
        machine = self.system.connection.deployment_machine_arn.replace(":stateMachine:", ":execution:")
        execution = f"{machine}:bench-{version.replace('.', '-')}"
        deadline = time.monotonic() + ENDS_WITHIN_SECONDS
        while (status := states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
            follow(self.fleet.installs(version))
            if time.monotonic() > deadline:
                raise RolloutError(f"the deployment of {version} has not ended after {ENDS_WITHIN_SECONDS:.0f} s")
            time.sleep(LOOKS_EVERY_SECONDS)
        follow(self.fleet.installs(version))
        if status != "SUCCEEDED":
            raise RolloutError(f"the deployment of {version} ended as {status}")

    def _await_quiet(self) -> None:
        """Wait until all that is counted is heartbeats: the last device's agent has been told what it runs."""
        deadline = time.monotonic() + QUIET_WITHIN_SECONDS
        quiet_since, last = time.monotonic(), -1
        while time.monotonic() - quiet_since < QUIET_FOR_SECONDS:
            if time.monotonic() > deadline:
                raise RolloutError(f"agents are still told something {QUIET_WITHIN_SECONDS:.0f} s after the end")
            turns = _runs_of_agents(self.system.aws.call_counts())
            if turns != last:
                quiet_since, last = time.monotonic(), turns
            time.sleep(LOOKS_EVERY_SECONDS)


def _runs_of_agents(counts: CallCounts) -> int:
    return counts.of_resource("lambda", "Invoke", "RingtreeAgents-")
