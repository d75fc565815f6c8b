"""Rehearses deployments on simulated devices: nothing is installed, their vitals move."""

import hashlib
from itertools import islice

from lambdas.actors.actor_id import ActorId
from lambdas.agents.deployment.messages import CompleteRehearsal, StartRehearsal
from lambdas.agents.deployment.state import Deployment, DeploymentStatus
from lambdas.agents.device.state import Device
from lambdas.api.agent_reading import list_agents, read_agent, read_agents
from lambdas.api.deployment_reading import read_progress
from lambdas.api.device_reading import device_views, simulated_device_ids
from lambdas.api.errors import ConflictError
from lambdas.api.simulated_activity import SIMULATED_LIMIT, move_vitals, wait_for_activity
from lambdas.api.views.devices import DeviceView
from lambdas.api.views.orchestration import RehearsalView
from lambdas.api.waiting import wait_for_agents
from lambdas.fleet.catalog import CatalogDeployment, DeploymentMode
from lambdas.fleet.rehearsals import draw_recovered, draw_strained, recovery, strain
from lambdas.wiring.operator_api import OperatorPorts

SHOWN_LIMIT = 1000
"""Devices that the end of a rehearsal shows; an answer of Lambda holds 6 MB."""


def start_rehearsal(ports: OperatorPorts, deployment_id: str, requested_by: str) -> tuple[RehearsalView, bool]:
    """Strain a share of the simulated devices; answers the rehearsal and whether it is new.

    The catalog entry holds who was drawn, so that the same request made again touches the same devices.
    """
    entry = ports.catalog.deployment(deployment_id)
    is_new = entry is None
    if entry is None:
        drawn = _drawn_rehearsal(ports, deployment_id, requested_by)
        entry = ports.catalog.add_deployment(drawn)
        is_new = entry is drawn
    if entry.mode is not DeploymentMode.REHEARSAL:
        raise ConflictError(
            "deployment_exists",
            f"deployment {deployment_id!r} is a true deployment, no rehearsal",
            field="deployment_id",
            remedy="Choose another deployment_id.",
        )
    begun = read_agent(ports.agents, "deployment", deployment_id, Deployment)
    pending: list[str] = []
    if begun is None or begun.status is DeploymentStatus.UNKNOWN:
        activity_id = f"{deployment_id}/start"
        move_vitals(ports, entry.affected, activity_id, strain)
        ports.mailbox.tell(ActorId("deployment", deployment_id), StartRehearsal(entry.affected), activity_id)
        pending = wait_for_activity(ports, entry.affected, activity_id)
        pending += _wait_for_status(ports, deployment_id, DeploymentStatus.REHEARSING)
    devices = device_views(ports, entry.affected)
    return _view(ports, entry, pending, devices, is_complete=True), is_new


def complete_rehearsal(ports: OperatorPorts, entry: CatalogDeployment) -> RehearsalView:
    """Relieve a share of the strained devices and show the whole fleet as it is then.

    The deployment's agent keeps the first draw it is told, so that the same request made again relieves no more.
    """
    agent = ActorId("deployment", entry.deployment_id)
    recovered = draw_recovered(entry.affected, ports.randomness)
    if read_progress(ports, entry).status is not DeploymentStatus.REHEARSED:
        ports.mailbox.tell(agent, CompleteRehearsal(recovered), f"{entry.deployment_id}/complete")
    pending = _wait_for_status(ports, entry.deployment_id, DeploymentStatus.REHEARSED)
    if not pending:
        activity_id = f"{entry.deployment_id}/complete"
        relieved = _still_strained(ports, entry, read_progress(ports, entry).recovered)
        move_vitals(ports, relieved, activity_id, recovery)
        pending = wait_for_activity(ports, relieved, activity_id)
    devices, is_complete = _whole_fleet(ports)
    return _view(ports, entry, pending, devices, is_complete=is_complete)


def _drawn_rehearsal(ports: OperatorPorts, deployment_id: str, requested_by: str) -> CatalogDeployment:
    device_ids, _ = simulated_device_ids(ports, SIMULATED_LIMIT)
    if not device_ids:
        raise ConflictError(
            "no_simulated_device",
            "a rehearsal needs simulated devices, and there is none",
            field="deployment_id",
            remedy="POST /spawn_agent makes one; name a release to deploy to real devices.",
        )
    return CatalogDeployment(
        deployment_id,
        DeploymentMode.REHEARSAL,
        hashlib.sha256(DeploymentMode.REHEARSAL.encode()).hexdigest(),
        ports.clock(),
        requested_by=requested_by,
        affected=draw_strained(device_ids, ports.randomness),
    )


def _still_strained(ports: OperatorPorts, entry: CatalogDeployment, recovered: tuple[str, ...]) -> list[str]:
    """Of those that recover, the ones whose last move was this rehearsal's: what came later is not undone."""
    devices = read_agents(ports.agents, "device", recovered, Device)
    moves = (f"{entry.deployment_id}/start", f"{entry.deployment_id}/complete")
    return [device_id for device_id in recovered if device_id in devices and devices[device_id].last_activity in moves]


def _wait_for_status(ports: OperatorPorts, deployment_id: str, status: DeploymentStatus) -> list[str]:
    agents = [ActorId("deployment", deployment_id)]
    left = wait_for_agents(ports, agents, Deployment, lambda deployment: deployment.status is status, ports.patience)
    return [str(agent) for agent in left]


def _whole_fleet(ports: OperatorPorts) -> tuple[list[DeviceView], bool]:
    listed = [listing.agent.key for listing in islice(list_agents(ports.agents, "device"), SHOWN_LIMIT + 1)]
    return device_views(ports, listed[:SHOWN_LIMIT]), len(listed) <= SHOWN_LIMIT


def _view(
    ports: OperatorPorts, entry: CatalogDeployment, pending: list[str], devices: list[DeviceView], *, is_complete: bool
) -> RehearsalView:
    progress = read_progress(ports, entry)
    return RehearsalView(
        deployment_id=entry.deployment_id,
        status=progress.status,
        affected=list(entry.affected),
        recovered=list(progress.recovered),
        pending=pending,
        devices=devices,
        is_complete=is_complete,
    )
