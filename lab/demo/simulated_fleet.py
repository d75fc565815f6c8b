"""The simulated fleet as a process of its own, and what its devices have logged.

``python -m lab.demo.simulated_fleet CONNECTION_FILE DEVICES LOG_FILE`` runs until SIGTERM.
"""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ringtree_device.device_api import EnrolmentRequest

from lab.demo.errors import DemoError
from lab.demo.this_machine import NOTHING
from lab.embedded_aws.connection import EmbeddedConnection
from lab.fleet_simulator.fleet_simulator import FleetPlan, FleetSimulator, simulated_requests
from lambdas.fleet.rings import DEFAULT_RINGS, assign_ring

LOOKS_EVERY_SECONDS = 0.5
CANARY = DEFAULT_RINGS[0].name
CANARY_AT_LEAST = 5
"""Simulated devices in the first ring: enough for a verdict."""


@dataclass(frozen=True, slots=True)
class FleetLog:
    """What the simulated devices say of themselves."""

    installs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By device: every release it has switched to, in order."""
    crashed: Mapping[str, str] = field(default_factory=dict)
    """By device: what ended its loop."""

    @classmethod
    def read(cls, file: Path) -> "FleetLog":
        """Read the log; empty before the first device is enrolled."""
        return cls(**json.loads(file.read_text())) if file.exists() else cls()

    @classmethod
    def of(cls, fleet: FleetSimulator) -> "FleetLog":
        """Ask every device."""
        return cls(
            installs={
                one.device_id: [switch.target or NOTHING for switch in one.installer.log] for one in fleet.devices
            },
            crashed={one.device_id: repr(one.crash) for one in fleet.devices if one.crash},
        )

    def write(self, file: Path) -> None:
        """Replace the log as a whole, so that readers never see half of it."""
        unfinished = file.with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(self)))
        unfinished.replace(file)


def fleet_requests(count: int) -> list[EnrolmentRequest]:
    """The devices to enrol. The platform places them by hash; of a small fleet, some are sent to the first ring."""
    requests = simulated_requests(count)
    placed = {request.device_id: assign_ring(request.device_id, DEFAULT_RINGS) for request in requests}
    missing = CANARY_AT_LEAST - sum(1 for ring in placed.values() if ring == CANARY)
    movable = [request.device_id for request in requests if placed[request.device_id] != CANARY]
    moved = frozenset(movable[: max(0, missing)])
    return [replace(request, ring=CANARY) if request.device_id in moved else request for request in requests]


async def live(connection: EmbeddedConnection, devices: int, log_file: Path) -> None:
    """Enrol the fleet, let it live, keep its log up to date, until cancelled."""
    plan = FleetPlan(connection.device_url, connection.enrolment_token, fleet_requests(devices))
    fleet = FleetSimulator(plan)
    living = asyncio.create_task(_enrol_and_start(fleet))
    try:
        while True:
            FleetLog.of(fleet).write(log_file)
            if living.done():
                living.result()
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        await fleet.stop()


async def _enrol_and_start(fleet: FleetSimulator) -> None:
    await fleet.enrol()
    fleet.start()


async def _live_until_stopped(connection: EmbeddedConnection, devices: int, log_file: Path) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, task.cancel)
    with suppress(asyncio.CancelledError):
        await live(connection, devices, log_file)


def main(connection_file: str, devices: str, log_file: str) -> None:
    """Run as a process."""
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s %(message)s")
    connection = EmbeddedConnection.read(Path(connection_file))
    if connection is None:
        raise DemoError(f"{connection_file} does not say where the platform is")
    asyncio.run(_live_until_stopped(connection, int(devices), Path(log_file)))


if __name__ == "__main__":
    main(*sys.argv[1:])
