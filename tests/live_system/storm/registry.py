"""Stands in the rig's package where the product has its registry: the rig's agents, run by the product's function."""

from lambdas.agents.agent_spec import AgentSpec
from tests.live_system.storm.peers import AGENTS


def spec_of(kind: str) -> AgentSpec:
    """Look up a kind of the rig."""
    return next(spec for spec in AGENTS if spec.kind == kind)
