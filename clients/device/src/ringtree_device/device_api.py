"""The platform, as one enrolled device speaks with it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ringtree_device.enrolment import Enrolment
from ringtree_device.job import Job, ProgressState
from ringtree_device.platform_request import PlatformConnection
from ringtree_device.vitals import Vitals
from ringtree_device.work import HeartbeatAnswer, Release, UnexpectedAnswerError

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class ArtifactSource:
    """Where the archive of a release can be fetched for a while."""

    release: Release
    url: str


class DeviceApi:
    """Every route an enrolled device uses. Each raises the errors of ``request_json``."""

    def __init__(self, connection: PlatformConnection, enrolment: Enrolment) -> None:
        self._connection = connection
        self._enrolment = enrolment

    @property
    def device_id(self) -> str:
        """Who speaks."""
        return self._enrolment.device_id

    async def send_heartbeat(
        self, sampled_at: datetime, boot_id: str, running_release: str | None, vitals: Vitals
    ) -> HeartbeatAnswer:
        """Tell of this device's health; learn the work in hand."""
        body = {
            "device_id": self.device_id,
            "sampled_at": sampled_at.isoformat(),
            "boot_id": boot_id,
            "running_release": running_release,
            "vitals": vitals.to_json(),
        }
        return HeartbeatAnswer.read(await self._request("POST", "heartbeats", body))

    async def report_progress(
        self, job: Job, state: ProgressState, running_release: str | None, reason: str = ""
    ) -> None:
        """Tell how far a deployment has come. Refused with 409 or 404 when it is not this device's work any more."""
        body = {"device_id": self.device_id, "state": state.value, "running_release": running_release}
        if reason:
            body["reason"] = reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1]}…"
        await self._request("POST", f"deployments/{job.deployment_id}/progress", body)

    async def artifact_source(self, version: str) -> ArtifactSource:
        """Ask for a URL of a release's archive; it works for a limited time."""
        answer = await self._request("GET", f"releases/{version}/artifact")
        url = answer.get("url")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise UnexpectedAnswerError(f"url {url!r} of release {version} is not an HTTP address")
        return ArtifactSource(Release.read({**answer, "version": version}), url)

    async def report_task(self, task_id: str, *, succeeded: bool, result: Any) -> None:
        """Tell how a task ended. Refused with 404 when it is not this device's task any more."""
        body = {"device_id": self.device_id, "succeeded": succeeded, "result": result}
        await self._request("POST", f"tasks/{task_id}/result", body)

    async def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self._enrolment.url}/device/v1/{path}"
        return await self._connection.request_json(method, url, self._enrolment.device_token, body)


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """Who wants to join the fleet. Details that are not known stay empty."""

    device_id: str
    ring: str | None = None
    is_simulated: bool = False
    name: str = ""
    manufacturer: str = ""
    model: str = ""
    os_name: str = ""
    site: str = ""
    department: str = ""

    def to_json(self) -> dict[str, Any]:
        """The body of the request."""
        details = asdict(self)
        body = {"device_id": details.pop("device_id"), "is_simulated": details.pop("is_simulated")}
        ring = details.pop("ring")
        return {**body, **({"ring": ring} if ring else {}), "details": details}


async def enrol(connection: PlatformConnection, url: str, enrolment_token: str, request: EnrolmentRequest) -> Enrolment:
    """Join the fleet, or join it again. Raises the errors of ``request_json``."""
    url = url.rstrip("/")
    answer = await connection.request_json("POST", f"{url}/device/v1/enrol", enrolment_token, request.to_json())
    device_token, ring = answer.get("device_token"), answer.get("ring")
    if not isinstance(device_token, str) or not isinstance(ring, str):
        raise UnexpectedAnswerError(f"{url} answered an enrolment without device_token and ring")
    return Enrolment(url=url, device_id=request.device_id, device_token=device_token, ring=ring)
