"""What devices may say and ask."""

from lambdas.api.device_enrolment import enrol_device
from lambdas.api.device_heartbeats import take_heartbeat
from lambdas.api.device_progress import take_progress, take_task_result
from lambdas.api.device_router import DeviceRouter
from lambdas.api.errors import unknown
from lambdas.api.views.device_api import (
    AcceptedView,
    ArtifactView,
    EnrolledView,
    EnrolRequest,
    HeartbeatRequest,
    HeartbeatView,
    ProgressRequest,
    TaskResultRequest,
)
from lambdas.fleet.catalog import ReleaseStatus

router = DeviceRouter()


@router.post("/device/v1/enrol", tags=["enrolment"], summary="Join the fleet", status_code=201)
def post_enrol(enrolment: EnrolRequest) -> EnrolledView:
    """Join the fleet with the enrolment token, and get a token of one's own."""
    return enrol_device(router.ports, enrolment, router.shown_token, router.request_id)


@router.post("/device/v1/heartbeats", tags=["devices"], summary="Send a heartbeat")
def post_heartbeat(heartbeat: HeartbeatRequest) -> HeartbeatView:
    """Say how the device is; the answer holds its work in hand and when to speak again."""
    router.speaking_device(heartbeat.device_id)
    return take_heartbeat(router.ports, heartbeat)


@router.post(
    "/device/v1/deployments/<deployment_id>/progress", tags=["devices"], summary="Report progress", status_code=202
)
def post_progress(deployment_id: str, progress: ProgressRequest) -> AcceptedView:
    """Say how far the device has come with a deployment; 409 means that it shall not go on."""
    router.speaking_device(progress.device_id)
    take_progress(router.ports, deployment_id, progress)
    return AcceptedView()


@router.get("/device/v1/releases/<version>/artifact", tags=["devices"], summary="Get an artifact URL")
def get_artifact(version: str) -> ArtifactView:
    """Get the place of a release's archive, its size and its digest."""
    router.speaking_device()
    ports = router.ports
    entry = ports.catalog.release(version)
    if entry is None or entry.status is not ReleaseStatus.READY:
        raise unknown("release", version, field="version", remedy="Send a heartbeat: it names the release to install.")
    return ArtifactView(
        url=ports.artifacts.download_url(entry.release, entry.file_name, ports.download_validity),
        size_bytes=entry.release.size_bytes,
        sha256=entry.release.sha256,
        expires_in_seconds=int(ports.download_validity.total_seconds()),
    )


@router.post("/device/v1/tasks/<task_id>/result", tags=["devices"], summary="Report a task's result", status_code=202)
def post_task_result(task_id: str, ended: TaskResultRequest) -> AcceptedView:
    """Say how a task ended."""
    router.speaking_device(ended.device_id)
    take_task_result(router.ports, task_id, ended)
    return AcceptedView()
