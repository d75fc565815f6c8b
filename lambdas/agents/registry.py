"""All agents. What is listed here is deployed."""

from lambdas.actors.lanes import Lane
from lambdas.agents.agent_spec import AgentSpec
from lambdas.agents.batch.behavior import BEHAVIOR as BATCH
from lambdas.agents.deployment.behavior import BEHAVIOR as DEPLOYMENT
from lambdas.agents.device.behavior import BEHAVIOR as DEVICE
from lambdas.agents.ring_analyst.behavior import BEHAVIOR as RING_ANALYST
from lambdas.agents.task.behavior import BEHAVIOR as TASK
from lambdas.agents.task_scheduler.behavior import BEHAVIOR as TASK_SCHEDULER


class UnknownAgentKindError(LookupError):
    """No agent of that kind is registered; a retry helps only after new code is deployed."""


def spec_of(kind: str) -> AgentSpec:
    """Look up one kind of agent; raises UnknownAgentKindError naming the known ones."""
    for spec in AGENTS:
        if spec.kind == kind:
            return spec
    known = ", ".join(spec.kind for spec in AGENTS)
    raise UnknownAgentKindError(f"agent kind {kind!r} is not registered; known kinds: {known}")


COMMANDED = (Lane.CONTROL, Lane.NORMAL)
"""Agents that are told to halt, pause or withdraw: that must not wait behind reports."""

AGENTS: tuple[AgentSpec, ...] = (
    AgentSpec(DEVICE, sends_to=("batch", "task_scheduler"), publishes=True, lanes=COMMANDED),
    AgentSpec(BATCH, sends_to=("device", "ring_analyst"), completes_tasks=True, lanes=COMMANDED),
    AgentSpec(RING_ANALYST, sends_to=("batch", "deployment"), completes_tasks=True, lanes=COMMANDED),
    AgentSpec(DEPLOYMENT, sends_to=("ring_analyst",), publishes=True, completes_tasks=True, lanes=COMMANDED),
    AgentSpec(TASK_SCHEDULER, sends_to=("device", "task")),
    AgentSpec(TASK, sends_to=("device",)),
)
