"""What devices say, and what they are answered."""

from typing import Annotated, Any, Literal

from pydantic import Field

from lambdas.agents.batch.messages import BatchPurpose
from lambdas.api.views.fields import (
    Count,
    DeviceId,
    Flag,
    Moment,
    Percent,
    Reason,
    Request,
    RingName,
    Text,
    Version,
    View,
)
from lambdas.fleet.install_states import InstallState


class DetailsRequest(Request):
    """What operators shall know the device by."""

    name: Text = ""
    manufacturer: Text = ""
    model: Text = ""
    os_name: Text = ""
    site: Text = ""
    department: Text = ""


class EnrolRequest(Request):
    """A device that joins the fleet; its ring is chosen where it is left out."""

    device_id: DeviceId
    details: DetailsRequest = DetailsRequest()
    ring: RingName | None = None
    is_simulated: Flag = False


class EnrolledView(View):
    """A device that has joined, and the token by which it is known from now on."""

    device_id: str
    device_token: str
    ring: str
    next_heartbeat_seconds: float


class VitalsRequest(Request):
    """What a device says of its own health."""

    cpu_percent: Percent
    memory_percent: Percent
    disk_percent: Percent
    battery_percent: Percent | None = None
    is_charging: Flag | None = None
    crash_count: Annotated[Count, Field(ge=0, le=2**31)] = 0


class HeartbeatRequest(Request):
    """A device speaks."""

    device_id: DeviceId
    sampled_at: Moment
    boot_id: Annotated[Text, Field(min_length=1)]
    running_release: Version | None
    vitals: VitalsRequest


class ReleaseInHand(View):
    """A release to install or to go back to. Without digest, it is one that the device keeps itself."""

    version: str
    size_bytes: int
    sha256: str


class DeploymentInHand(View):
    """What to do for a deployment; rolling back to no release means to run none."""

    deployment_id: str
    action: BatchPurpose
    release: ReleaseInHand | None


class TaskInHandView(View):
    """A task to do; one that failed or ran out of time may come again, as another attempt."""

    task_id: str
    type: str
    payload: Any
    attempt: int


class WorkView(View):
    """Work in hand. A deployment that is not there any more was called off."""

    deployment: DeploymentInHand | None
    tasks: list[TaskInHandView]


class HeartbeatView(View):
    """The answer to a heartbeat."""

    next_heartbeat_seconds: float
    work: WorkView


class ProgressRequest(Request):
    """How far a device has come with a deployment."""

    device_id: DeviceId
    state: Literal[
        InstallState.DOWNLOADING,
        InstallState.INSTALLING,
        InstallState.VERIFYING,
        InstallState.DONE,
        InstallState.FAILED,
        InstallState.ROLLED_BACK,
        InstallState.DEFERRED,
    ]
    running_release: Version | None
    reason: Reason = ""


class AcceptedView(View):
    """What was said was taken."""

    accepted: Literal[True] = True


class ArtifactView(View):
    """Where the archive of a release is, for a while."""

    url: str
    size_bytes: int
    sha256: str
    expires_in_seconds: int


class TaskResultRequest(Request):
    """How a task ended."""

    device_id: DeviceId
    succeeded: Flag
    result: Any = None
