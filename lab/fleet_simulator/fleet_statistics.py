"""What a simulated fleet is doing, in numbers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ringtree_device.ports import SwitchKind

from lab.fleet_simulator.simulated_device import SimulatedDevice


@dataclass(frozen=True, slots=True)
class FleetStatistics:
    """Counts of devices at one moment."""

    devices: int
    states: dict[str, int]
    """By what they do: idle, downloading, installing, ..., silent, stopped."""
    running_releases: dict[str, int]
    """By what they run; devices without a release count under ``none``."""
    outcomes: dict[str, int]
    """By deployment and outcome, ``<deployment> <action> <outcome>``, of the last deployments that ended."""
    most_installs_of_one_release: int
    """More than 1 would mean that a device has installed a release twice."""
    unreachable: int
    """Devices whose last heartbeat was not taken."""
    crashed: int

    def to_json(self) -> dict[str, Any]:
        """The numbers as JSON values."""
        return asdict(self)


def statistics_of(devices: Iterable[SimulatedDevice]) -> FleetStatistics:
    """Count."""
    fleet = list(devices)
    endings = [job for device in fleet for job in device.store.load().endings]
    installs = install_counts(fleet)
    return FleetStatistics(
        devices=len(fleet),
        states=dict(Counter(device.state for device in fleet)),
        running_releases=dict(Counter(device.installer.running_release() or "none" for device in fleet)),
        outcomes=dict(Counter(f"{job.deployment_id} {job.action} {job.outcome}" for job in endings)),
        most_installs_of_one_release=max((max(counts.values(), default=0) for counts in installs.values()), default=0),
        unreachable=sum(1 for device in fleet if device.last_contact and device.last_contact.problem),
        crashed=sum(1 for device in fleet if device.crash),
    )


def install_counts(devices: Iterable[SimulatedDevice]) -> dict[str, dict[str, int]]:
    """How often each device has switched forward to each version."""
    return {
        device.device_id: dict(
            Counter(str(switch.target) for switch in device.installer.log if switch.kind is SwitchKind.INSTALL)
        )
        for device in devices
    }
