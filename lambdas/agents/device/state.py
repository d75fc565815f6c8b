"""What a device's agent remembers."""

from dataclasses import dataclass, field
from datetime import datetime

from lambdas.agents.batch.messages import BatchPurpose
from lambdas.fleet.devices import DeviceDetails
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.releases import Release
from lambdas.fleet.vitals import Vitals


@dataclass(frozen=True, slots=True)
class DeviceDeployment:
    """One release on its way to, or off, this device."""

    deployment_id: str
    purpose: BatchPurpose
    batch: str
    release: Release | None
    """What the device shall run in the end; none means no release at all, which only a rollback may ask for."""
    state: InstallState
    updated_at: datetime
    before: Release | None = None
    """What the device ran when the release was offered, and goes back to."""
    reason: str = ""
    went_past_return: bool = False
    """Whether the device said that it had begun to change what it runs."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An install that was called off before it was offered: the word overtook the offer and waits for it."""

    deployment_id: str
    ends_as: InstallState
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskInHand:
    """A task that this device was given."""

    task_id: str
    scheduler: str
    type: str
    payload: str
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Device:
    """One device, as its agent knows it."""

    device_id: str
    details: DeviceDetails = field(default_factory=DeviceDetails)
    ring: str = ""
    is_registered: bool = False
    is_simulated: bool = False
    has_client: bool = False
    is_online: bool = False
    last_seen: datetime | None = None
    running_release: str | None = None
    """Version, in the device's own words."""
    installed: Release | None = None
    """The release that this device last confirmed."""
    last_good: Release | None = None
    """The release it ran before that one, and goes back to."""
    deployment: DeviceDeployment | None = None
    withdrawals: tuple[Withdrawal, ...] = ()
    """Of deployments that this device has not been offered, and must not begin when it is."""
    tasks: tuple[TaskInHand, ...] = ()
    vitals: Vitals | None = None
    """Of simulated devices only; those of real ones are in the device metrics."""
    last_activity: str = ""
    """Id of the last simulated activity that moved the vitals."""

    @property
    def work_in_hand(self) -> DeviceDeployment | None:
        """The deployment that the device should be working on now, if any."""
        if self.deployment is None or self.deployment.state.is_final:
            return None
        return self.deployment


def listed_attributes(device: Device) -> dict[str, str]:
    """Name the attributes by which devices are listed and planned for."""
    if not device.is_registered:
        return {}
    return {
        "ring": device.ring,
        "running_release": device.running_release or "",
        "is_simulated": str(device.is_simulated).lower(),
        "has_client": str(device.has_client).lower(),
    }
