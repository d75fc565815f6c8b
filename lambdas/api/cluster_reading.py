"""The fleet in numbers."""

from collections import Counter
from itertools import islice

from lambdas.actors.ports import AgentListing
from lambdas.agents.deployment.state import Deployment
from lambdas.api.agent_kinds import AGENT_KINDS
from lambdas.api.agent_reading import list_agents, read_agents
from lambdas.api.views.orchestration import ClusterStatus
from lambdas.wiring.operator_api import OperatorPorts

COUNTED_LIMIT = 20_000
"""Agents of a kind that are counted, so that the answer comes within the time of a request."""
DEPLOYMENTS_LIMIT = 200


def cluster_status(ports: OperatorPorts) -> ClusterStatus:
    """Count agents by kind, devices by what they are, and deployments by status."""
    listings = {kind: list(islice(list_agents(ports.agents, kind), COUNTED_LIMIT)) for kind in AGENT_KINDS}
    deployments = [listing.agent.key for listing in listings["deployment"]][:DEPLOYMENTS_LIMIT]
    states = read_agents(ports.agents, "deployment", deployments, Deployment)
    return ClusterStatus(
        agents={kind: len(listed) for kind, listed in listings.items()},
        devices=_devices(listings["device"]),
        deployments=dict(Counter(deployment.status.value for deployment in states.values())),
        is_complete=all(len(listed) < COUNTED_LIMIT for listed in listings.values())
        and len(deployments) < DEPLOYMENTS_LIMIT,
    )


def _devices(listings: list[AgentListing]) -> dict[str, int]:
    registered = [listing.listed for listing in listings if "ring" in listing.listed]
    rings = Counter(f"ring/{listed['ring']}" for listed in registered)
    return {
        "registered": len(registered),
        "simulated": sum(listed.get("is_simulated") == "true" for listed in registered),
        "with_client": sum(listed.get("has_client") == "true" for listed in registered),
        **dict(sorted(rings.items())),
    }
