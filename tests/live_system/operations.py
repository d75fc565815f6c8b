"""What an operator does: makes rings, publishes releases, starts deployments and waits for their end."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringtree_cli.answers import Deployment, Device, DeviceOutcome, Release
from ringtree_cli.operator_api import OperatorApi
from ringtree_cli.platform_address import read_platform
from ringtree_cli.platform_connection import PlatformConnection
from ringtree_cli.release_publishing import measure_archive, publish_release

from lab.fleet_simulator.release_archives import build_archive
from tests.live_system.names import Names
from tests.live_system.patience import eventually

RING_ORDER = 500
"""Behind the rings of the product; the share of 0 keeps devices out that are not sent there."""


@dataclass(frozen=True, slots=True)
class Operations:
    """The operator API, with the names of one test."""

    api: OperatorApi
    names: Names
    folder: Path

    @classmethod
    def at(cls, connection_file: Path, folder: Path) -> "Operations":
        """An operator of the system that the file tells of."""
        return cls(OperatorApi(PlatformConnection(read_platform(connection_file))), Names(), folder)

    def make_rings(self, *rings: str) -> tuple[str, ...]:
        """Rings of the test's own, in this order; answers their whole names."""
        made = tuple(self.names.ring(ring) for ring in rings)
        for number, ring in enumerate(made):
            self.api.set_ring(ring, RING_ORDER + number, 0.0)
        return made

    def publish(self, version: str, **content: Any) -> Release:
        """A release of the test's own, uploaded and ready."""
        whole = self.names.release(version)
        archive = build_archive(whole, self.folder / "archives", **content)
        return publish_release(self.api, measure_archive(archive.path), whole)

    def start(self, name: str, release: str, rings: tuple[str, ...], **policy: Any) -> str:
        """A deployment that is under way; answers its id."""
        quick: Mapping[str, Any] = {
            "batch_size": 10,
            "max_open_batches": 4,
            "batch_timeout_seconds": 120,
            "tolerated_failure_share": 0.1,
            "minimum_sample": 1,
            "bake_time_seconds": 1,
        }
        deployment_id = self.names.deployment(name)
        self.api.start_deployment(deployment_id, release, {"rings": list(rings), "policy": {**quick, **policy}})
        return deployment_id

    def end_of(self, deployment_id: str, within_seconds: float = 120.0) -> Deployment:
        """The deployment once nothing more will happen to it."""

        def ended() -> Deployment | None:
            deployment = self.api.deployment(deployment_id)
            return deployment if deployment.has_ended else None

        return eventually(ended, f"the end of {deployment_id}", within_seconds)

    def outcomes(self, deployment_id: str) -> dict[str, DeviceOutcome]:
        """What became of each device."""
        return {outcome.device_id: outcome for outcome in self.api.device_outcomes(deployment_id)}

    def devices(self, ring: str) -> list[Device]:
        """All devices of a ring."""
        return list(self.api.devices(ring))

    def await_devices(self, ring: str, count: int, within_seconds: float = 60.0) -> None:
        """Wait until so many devices of the ring were heard."""

        def are_heard() -> bool:
            return sum(device.is_online for device in self.devices(ring)) == count

        eventually(are_heard, f"{count} devices of {ring} are heard", within_seconds)

    def state_of(self, address: str) -> Any:
        """The state of one agent."""
        return self.api.agent(address).state
