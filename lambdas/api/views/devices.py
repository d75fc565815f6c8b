"""Devices as operators see them."""

from datetime import datetime

from lambdas.agents.batch.messages import BatchPurpose
from lambdas.api.views.fields import Request, RingName, View
from lambdas.fleet.install_states import InstallState


class DeviceDetailsView(View):
    """What operators know a device by; an empty text means unknown."""

    name: str
    manufacturer: str
    model: str
    os_name: str
    site: str
    department: str


class VitalsView(View):
    """What a device last said of its own health."""

    cpu_percent: float
    memory_percent: float
    disk_percent: float
    battery_percent: float | None
    is_charging: bool | None
    crash_count: int


class DeviceDeploymentView(View):
    """The last release that was on its way to, or off, the device."""

    deployment_id: str
    purpose: BatchPurpose
    state: InstallState
    release: str | None
    reason: str
    updated_at: datetime


class DeviceView(View):
    """One device."""

    device_id: str
    details: DeviceDetailsView
    ring: str
    is_simulated: bool
    has_client: bool
    is_online: bool
    running_release: str | None
    last_good_release: str | None
    deployment: DeviceDeploymentView | None
    vitals: VitalsView | None
    last_seen: datetime | None


class DevicePage(View):
    """Some devices; no cursor means that these were the last."""

    devices: list[DeviceView]
    cursor: str | None


class RingAssignment(Request):
    """The ring that a device is to move to."""

    ring: RingName


class RingAssignmentView(View):
    """A move that was accepted; it takes effect with the next deployment."""

    device_id: str
    ring: str
