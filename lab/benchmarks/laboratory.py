"""What the benchmarks share: one embedded AWS, one growing fleet, and deployments run once and read by many."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ringtree_cli.operator_api import OperatorApi

from lab.benchmarks.growing_fleet import RING, GrowingFleet
from lab.benchmarks.rollout import Rollout, RolloutLab
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.places import REPOSITORY
from lab.embedded_aws.ports import free_port
from lab.embedded_aws.progress import Progress
from lab.embedded_aws.system import EmbeddedSystem, running_system

if TYPE_CHECKING:
    from lab.benchmarks.attribution import AttributedCalls

FOLDER = REPOSITORY / ".ringtree" / "benchmarks"
IDLE_HEARTBEAT_SECONDS, ACTIVE_HEARTBEAT_SECONDS = 12, 3
"""Four to one as in production, five times as fast."""
IDLE_SECONDS = 15.0


@dataclass
class Laboratory:
    """Starts what is asked for when it is first asked for, and stops it all at the end."""

    progress: Progress
    fleets: tuple[int, ...]
    port: int | None
    _stack: ExitStack = field(default_factory=ExitStack)
    _rollouts: dict[int, Rollout] = field(default_factory=dict)
    _idle: "AttributedCalls | None" = None

    @cached_property
    def system(self) -> EmbeddedSystem:
        """An embedded AWS of the benchmarks' own, made anew."""
        left_over = EmbeddedAws.find(FOLDER / "aws")
        if left_over is not None:
            left_over.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)
        (FOLDER / "aws").mkdir(parents=True)
        system = self._stack.enter_context(
            running_system(self.progress, FOLDER / "aws", self.port if self.port is not None else free_port())
        )
        _set_heartbeat_intervals(system)
        _stop_sweeps(system)
        return system

    @cached_property
    def rollout_lab(self) -> RolloutLab:
        """The fleet and the API."""
        api = OperatorApi.of_file(self.system.aws.state.connection)
        self._stack.callback(api.close)
        api.set_ring(RING, order=1, share=1.0)
        fleet = self._stack.enter_context(GrowingFleet(self.system.connection))
        return RolloutLab(self.system, api, fleet, FOLDER / "archives")

    @property
    def rollouts(self) -> tuple[Rollout, ...]:
        """A deployment to each fleet, smallest first; the fleet grows from one to the next."""
        for number, devices in enumerate(self.fleets, start=1):
            if devices not in self._rollouts:
                self._rollouts[devices] = self._rollout(devices, f"1.{number}.0")
        return tuple(self._rollouts[devices] for devices in self.fleets)

    @property
    def idle(self) -> "AttributedCalls":
        """The calls of the largest fleet while it has nothing to do."""
        if self._idle is None:
            _ = self.rollouts
            with self.progress.phase(f"Counting the calls of {self.fleets[-1]} idle devices"):
                self._idle = self.rollout_lab.idle(IDLE_SECONDS)
        return self._idle

    def close(self) -> None:
        """Stop everything."""
        self._stack.close()

    def _rollout(self, devices: int, version: str) -> Rollout:
        lab = self.rollout_lab
        with self.progress.phase(f"Enrolling devices until there are {devices}") as report:
            lab.fleet.on_enrolled = _telling(report, devices)
            lab.fleet.grow_to(devices)
        with self.progress.phase(f"Waiting until all {devices} devices were heard") as report:
            lab.await_heard(_telling(report, devices))
        with self.progress.phase(f"Deploying to {devices} devices") as report:
            return lab.run(version, _telling(report, devices))


def _telling(report: Callable[[str], None], devices: int) -> Callable[[int], None]:
    return lambda count: report(f"{count} of {devices}")


def _set_heartbeat_intervals(system: EmbeddedSystem) -> None:
    """Slow the heartbeats of environment ``local`` down: of a large fleet they would be all this machine does."""
    functions = system.aws.client("lambda")
    device_api = next(
        one for one in functions.list_functions()["Functions"] if "-DeviceFunction" in one["FunctionName"]
    )
    variables = {
        **device_api["Environment"]["Variables"],
        "IDLE_HEARTBEAT": str(IDLE_HEARTBEAT_SECONDS),
        "ACTIVE_HEARTBEAT": str(ACTIVE_HEARTBEAT_SECONDS),
    }
    functions.update_function_configuration(
        FunctionName=device_api["FunctionName"], Environment={"Variables": variables}
    )


def _stop_sweeps(system: EmbeddedSystem) -> None:
    """Look for no silent devices: that happens once a minute whatever is measured, and nobody falls silent here."""
    events = system.aws.client("events")
    for rule in events.list_rules()["Rules"]:
        if "LivenessSweep" in rule["Name"]:
            events.disable_rule(Name=rule["Name"])


@contextmanager
def laboratory(progress: Progress, fleets: tuple[int, ...], port: int | None) -> Iterator[Laboratory]:
    """A laboratory for a block."""
    lab = Laboratory(progress, fleets, port)
    try:
        yield lab
    finally:
        lab.close()
