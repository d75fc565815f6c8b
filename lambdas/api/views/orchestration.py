"""Requests and answers of the classic routes."""

from typing import Annotated

from pydantic import Field

from lambdas.agents.deployment.state import DeploymentStatus
from lambdas.api.views.deployments import PlanRequest
from lambdas.api.views.devices import DeviceView
from lambdas.api.views.fields import DeploymentId, DeviceId, Request, RingName, Text, Version, View


class SpawnOrder(Request):
    """A simulated device that is to be made; its id is made up where it is left out."""

    agent_id: DeviceId | None = None
    ring: RingName | None = None


class AssetOrder(Request):
    """A real asset that is to be registered."""

    id: DeviceId
    name: Text
    manufacturer: Text = ""
    model: Text = ""
    os_name: Annotated[Text, Field(alias="osName")] = ""
    site: Text = ""
    department: Text = ""
    ring: RingName | None = None


class DeviceRegistered(View):
    """A device that was told to join; not applied yet means that it joins within moments."""

    device_id: str
    ring: str
    is_simulated: bool
    details: dict[str, str]
    is_applied: bool


class StartOrder(Request):
    """A rehearsal on simulated devices; with a release, a true deployment."""

    deployment_id: DeploymentId
    release: Version | None = None
    plan: PlanRequest | None = None


class CompleteOrder(Request):
    """The deployment that is to be completed; release and plan, where given, are those it was started with."""

    deployment_id: DeploymentId
    release: Version | None = None
    plan: PlanRequest | None = None


class RehearsalView(View):
    """A rehearsal and the devices it touches, as they are now."""

    deployment_id: str
    status: DeploymentStatus
    affected: list[str]
    recovered: list[str]
    pending: list[str]
    """Agents that have not applied it yet, because time ran out."""
    devices: list[DeviceView]
    """Started: the affected devices. Completed: all agents and assets."""
    is_complete: bool
    """Whether these are all; GET /v1/devices pages through a larger fleet."""


class ActivityView(View):
    """Simulated devices whose vitals moved."""

    activity_id: str
    devices: list[DeviceView]
    pending: list[str]
    is_complete: bool


class ClusterStatus(View):
    """The fleet in numbers."""

    agents: dict[str, int]
    """Agents by kind."""
    devices: dict[str, int]
    """Devices: registered, simulated, with_client, and by ring as ring/name."""
    deployments: dict[str, int]
    """Deployments by status."""
    is_complete: bool
    """Whether everything was counted; very large fleets are counted up to a limit."""


class AgentSummary(View):
    """A device agent."""

    agent_id: str
    ring: str
    is_simulated: bool
    has_client: bool
    running_release: str | None


class AgentSummaryPage(View):
    """Some device agents; no cursor means that these were the last."""

    agents: list[AgentSummary]
    cursor: str | None


class AssetPage(View):
    """Some assets; no cursor means that these were the last."""

    assets: list[DeviceView]
    cursor: str | None
