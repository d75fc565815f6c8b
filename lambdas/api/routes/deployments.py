"""Deployments."""

from aws_lambda_powertools.event_handler.api_gateway import Response

from lambdas.agents.deployment.messages import AbortDeployment, PauseDeployment, ResumeDeployment
from lambdas.api.deployment_commands import DeploymentCommand, command_deployment
from lambdas.api.deployment_reading import deployment_summaries, deployment_view, device_outcomes, read_deployment
from lambdas.api.deployment_starts import start_deployment
from lambdas.api.operator_router import OperatorRouter
from lambdas.api.views.deployments import (
    CommandRequest,
    CommandView,
    DeploymentPage,
    DeploymentRequest,
    DeploymentView,
    DeviceOutcomePage,
)
from lambdas.api.views.fields import Cursor, Limit, OptionalRing

router = OperatorRouter()


@router.post("/v1/deployments", tags=["deployments"], summary="Start a deployment", status_code=201)
def post_deployment(request: DeploymentRequest) -> Response[DeploymentView]:
    """Send a release out. The same request under the same id answers 200 and the same deployment."""
    ports = router.ports
    entry, is_new = start_deployment(ports, request, router.principal)
    headers = {"Location": f"/v1/deployments/{entry.deployment_id}"}
    view = deployment_view(ports, entry)
    return Response(201 if is_new else 200, content_type="application/json", body=view, headers=headers)


@router.get("/v1/deployments", tags=["deployments"], summary="List deployments")
def list_deployments(limit: Limit = 100, cursor: Cursor = None) -> DeploymentPage:
    """Page through the deployments, by id."""
    page = router.ports.catalog.deployments(limit, cursor)
    return DeploymentPage(deployments=deployment_summaries(router.ports, page.entries), cursor=page.cursor)


@router.get("/v1/deployments/<deployment_id>", tags=["deployments"], summary="Get a deployment")
def get_deployment(deployment_id: str) -> DeploymentView:
    """Show a deployment and how far it has come."""
    ports = router.ports
    return deployment_view(ports, read_deployment(ports, deployment_id))


@router.get("/v1/deployments/<deployment_id>/devices", tags=["deployments"], summary="List outcomes of devices")
def list_outcomes(
    deployment_id: str, ring: OptionalRing = None, limit: Limit = 100, cursor: Cursor = None
) -> DeviceOutcomePage:
    """Page through the devices of a deployment and what became of them."""
    ports = router.ports
    return device_outcomes(ports, read_deployment(ports, deployment_id), ring, limit, cursor)


@router.post("/v1/deployments/<deployment_id>/pause", tags=["deployments"], summary="Pause", status_code=202)
def post_pause(deployment_id: str, request: CommandRequest | None = None) -> CommandView:
    """Open no further batch and no further ring until the deployment is resumed."""
    return _commanded(deployment_id, PauseDeployment(_reason(request), router.principal))


@router.post("/v1/deployments/<deployment_id>/resume", tags=["deployments"], summary="Resume", status_code=202)
def post_resume(deployment_id: str, _request: CommandRequest | None = None) -> CommandView:
    """Go on after a pause."""
    return _commanded(deployment_id, ResumeDeployment(router.principal))


@router.post("/v1/deployments/<deployment_id>/abort", tags=["deployments"], summary="Abort", status_code=202)
def post_abort(deployment_id: str, request: CommandRequest | None = None) -> CommandView:
    """Stop the deployment and roll back the ring that is being filled."""
    return _commanded(deployment_id, AbortDeployment(_reason(request), router.principal))


def _commanded(deployment_id: str, command: DeploymentCommand) -> CommandView:
    return command_deployment(router.ports, deployment_id, command, router.request_id)


def _reason(request: CommandRequest | None) -> str:
    return request.reason if request else ""
