"""The routes of the orchestrator that Ringtree comes from, with the same meaning."""

from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from lambdas.api.asset_registration import add_asset, spawn_agent
from lambdas.api.cluster_reading import cluster_status
from lambdas.api.deployment_completion import complete_deployment
from lambdas.api.deployment_reading import deployment_view, read_deployment
from lambdas.api.deployment_starts import start_deployment
from lambdas.api.device_reading import device_page, device_views, read_device, simulated_device_ids
from lambdas.api.errors import InvalidRequestError
from lambdas.api.operator_router import OperatorRouter
from lambdas.api.rehearsal_runs import start_rehearsal
from lambdas.api.simulated_activity import SIMULATED_LIMIT, move_vitals, wait_for_activity
from lambdas.api.task_submissions import submit_task, task_view
from lambdas.api.views.deployments import DeploymentRequest, DeploymentView, PlanRequest
from lambdas.api.views.fields import Cursor, Limit
from lambdas.api.views.orchestration import (
    ActivityView,
    AgentSummary,
    AgentSummaryPage,
    AssetOrder,
    AssetPage,
    ClusterStatus,
    CompleteOrder,
    DeviceRegistered,
    RehearsalView,
    SpawnOrder,
    StartOrder,
)
from lambdas.api.views.tasks import TaskAccepted, TaskRequest, TaskView
from lambdas.fleet.rehearsals import activity

router = OperatorRouter()

TAGS = ["orchestrator"]

DeploymentName = Annotated[str, Query(description="Id of a deployment.")]
AssetName = Annotated[str | None, Query(description="Id of an asset; without it, all of them.")]


@router.get("/cluster_status", tags=TAGS, summary="The fleet in numbers")
def get_cluster_status() -> ClusterStatus:
    """Count agents, devices and deployments."""
    return cluster_status(router.ports)


@router.get("/list_agents", tags=TAGS, summary="List device agents")
def get_agents(limit: Limit = 100, cursor: Cursor = None) -> AgentSummaryPage:
    """Page through the agents of devices."""
    page = router.ports.agents.list("device", limit, cursor)
    agents = [
        AgentSummary(
            agent_id=one.agent.key,
            ring=one.listed["ring"],
            is_simulated=one.listed["is_simulated"] == "true",
            has_client=one.listed["has_client"] == "true",
            running_release=one.listed["running_release"] or None,
        )
        for one in page.agents
        if "ring" in one.listed
    ]
    return AgentSummaryPage(agents=agents, cursor=page.cursor)


@router.get("/status/<task_id>", tags=TAGS, summary="Get a task")
def get_status(task_id: str) -> TaskView:
    """Show a task and its result."""
    return task_view(router.ports, task_id)


@router.get("/deployment_status", tags=TAGS, summary="Get a deployment")
def get_deployment_status(deployment_id: DeploymentName) -> DeploymentView:
    """Show a deployment or a rehearsal."""
    ports = router.ports
    return deployment_view(ports, read_deployment(ports, deployment_id))


@router.get("/asset_details", tags=TAGS, summary="Get one asset, or list all")
def get_asset_details(asset_id: AssetName = None, limit: Limit = 100, cursor: Cursor = None) -> AssetPage:
    """Show one asset, or page through all of them."""
    ports = router.ports
    if asset_id is not None:
        read_device(ports, asset_id)
        return AssetPage(assets=device_views(ports, [asset_id]), cursor=None)
    page = device_page(ports, None, limit, cursor)
    return AssetPage(assets=page.devices, cursor=page.cursor)


@router.post("/spawn_agent", tags=TAGS, summary="Make a simulated device", status_code=201)
def post_spawn_agent(order: SpawnOrder | None = None) -> DeviceRegistered:
    """Make a simulated device with random details."""
    return spawn_agent(router.ports, order or SpawnOrder(), router.request_id)


@router.post("/add_asset", tags=TAGS, summary="Register an asset", status_code=201)
def post_add_asset(order: AssetOrder) -> DeviceRegistered:
    """Register a real asset and spawn its device agent."""
    return add_asset(router.ports, order, router.request_id)


@router.post("/submit_task", tags=TAGS, summary="Submit a task", status_code=202)
def post_submit_task(request: TaskRequest) -> TaskAccepted:
    """Queue a task for its target, or for the least loaded device that can do it."""
    return submit_task(router.ports, request)


@router.post("/start_deployment", tags=TAGS, summary="Start a rehearsal or a deployment", status_code=201)
def post_start_deployment(order: StartOrder) -> Response[RehearsalView | DeploymentView]:
    """Rehearse on simulated devices; with a release, start a true deployment."""
    ports = router.ports
    view: RehearsalView | DeploymentView
    if order.release is None:
        if order.plan is not None:
            raise InvalidRequestError(
                "invalid_request",
                "a plan needs a release to send out",
                field="release",
                remedy="Name a release, or leave the plan out to rehearse.",
            )
        view, is_new = start_rehearsal(ports, order.deployment_id, router.principal)
    else:
        request = DeploymentRequest(
            deployment_id=order.deployment_id, release=order.release, plan=order.plan or PlanRequest()
        )
        entry, is_new = start_deployment(ports, request, router.principal)
        view = deployment_view(ports, entry)
    return Response(201 if is_new else 200, content_type="application/json", body=view)


@router.post("/complete_deployment", tags=TAGS, summary="End a rehearsal, or read how a deployment ended")
def post_complete_deployment(order: CompleteOrder) -> RehearsalView | DeploymentView:
    """End a rehearsal; a true deployment ends by itself, and answers 409 until it has."""
    return complete_deployment(router.ports, order)


@router.post("/simulate_activity", tags=TAGS, summary="Move the vitals of simulated devices once")
def post_simulate_activity() -> ActivityView:
    """Move the vitals of simulated devices, never of real ones."""
    ports = router.ports
    device_ids, is_complete = simulated_device_ids(ports, SIMULATED_LIMIT)
    activity_id = f"activity/{router.request_id}"
    move_vitals(ports, device_ids, activity_id, activity)
    pending = wait_for_activity(ports, device_ids, activity_id)
    devices = device_views(ports, device_ids)
    return ActivityView(activity_id=activity_id, devices=devices, pending=pending, is_complete=is_complete)
