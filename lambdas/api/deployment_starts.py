"""Starts deployments, each once, however often its request is made."""

import hashlib
import json

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.agents.deployment.messages import OpenDeployment
from lambdas.agents.deployment.state import Deployment, DeploymentStatus
from lambdas.api.admission_control import admit
from lambdas.api.agent_reading import read_agent
from lambdas.api.errors import ConflictError, unknown
from lambdas.api.views.deployments import DeploymentRequest, PlanRequest
from lambdas.fleet.catalog import CatalogDeployment, DeploymentMode, ReleaseStatus
from lambdas.fleet.plans import RolloutPlan
from lambdas.fleet.releases import Release
from lambdas.wiring.operator_api import OperatorPorts


def start_deployment(
    ports: OperatorPorts, request: DeploymentRequest, requested_by: str
) -> tuple[CatalogDeployment, bool]:
    """Start a deployment; answers what stands under its id and whether it is new.

    The catalog entry decides which request owns the id. A crash after it is healed by the same request made again:
    every later step may be repeated. Raises NotFoundError, ConflictError or OverloadedError before anything is written.
    """
    deployment_id = request.deployment_id or f"deployment-{ports.new_id()}"
    digest = _digest_of(request)
    standing = ports.catalog.deployment(deployment_id)
    if standing is None:
        admit(ports, "deployment")
        asked = CatalogDeployment(
            deployment_id,
            DeploymentMode.ROLLOUT,
            digest,
            ports.clock(),
            release=_ready_release(ports, request.release),
            plan=_resolved_plan(ports, request.plan),
            requested_by=requested_by,
        )
        standing = ports.catalog.add_deployment(asked)
        is_new = standing is asked
    else:
        is_new = False
    if standing.plan_digest != digest:
        raise ConflictError(
            "deployment_exists",
            f"deployment {deployment_id!r} was started with another release or plan",
            field="deployment_id",
            remedy="Choose another deployment_id, or send the same body again.",
        )
    _set_going(ports, standing)
    return standing, is_new


def _set_going(ports: OperatorPorts, entry: CatalogDeployment) -> None:
    """Tell the deployment's agent and start its supervisor, unless both are past that already."""
    if entry.release is None or entry.plan is None:
        return
    agent = ActorId("deployment", entry.deployment_id)
    progress = read_agent(ports.agents, agent.kind, agent.key, Deployment)
    if progress is not None and progress.status.is_final:
        return
    if progress is None or progress.status is DeploymentStatus.UNKNOWN:
        opened = OpenDeployment(entry.release.version, entry.plan, entry.requested_by)
        ports.mailbox.tell(agent, opened, f"open-{entry.deployment_id}")
    ports.executions.start(
        entry.deployment_id,
        {
            "deployment_id": entry.deployment_id,
            "release": msgspec.to_builtins(entry.release),
            "plan": msgspec.to_builtins(entry.plan),
            "requested_by": entry.requested_by,
        },
    )


def _ready_release(ports: OperatorPorts, version: str) -> Release:
    entry = ports.catalog.release(version)
    if entry is None:
        raise unknown("release", version, remedy="POST /v1/releases creates a release.")
    if entry.status is not ReleaseStatus.READY:
        raise ConflictError(
            "release_not_ready",
            f"release {version!r} is {entry.status.value}",
            field="release",
            remedy=f"Upload its archive and POST /v1/releases/{version}/finalise.",
        )
    return entry.release


def _resolved_plan(ports: OperatorPorts, request: PlanRequest) -> RolloutPlan:
    known = [ring.name for ring in ports.catalog.rings()]
    for ring in request.rings or ():
        if ring not in known:
            raise unknown("ring", ring, field="plan.rings", remedy=f"Known rings: {', '.join(known)}.")
    plan = RolloutPlan(tuple(request.rings or known), request.policy.policy())
    plan.check()
    return plan


def _digest_of(request: DeploymentRequest) -> str:
    """Fingerprint what was asked for, as it was asked for: rings that change later do not change it."""
    asked = request.model_dump(mode="json", exclude={"deployment_id"})
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
