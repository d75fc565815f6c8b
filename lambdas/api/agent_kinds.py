"""The kinds of agents that operators may read: all of the registry."""

from lambdas.agents.registry import AGENTS

AGENT_KINDS = tuple(spec.kind for spec in AGENTS)
