"""Agents, as they are."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from lambdas.actors.actor_id import ActorId
from lambdas.api.agent_kinds import AGENT_KINDS
from lambdas.api.agent_reading import agent_page, plain_state
from lambdas.api.errors import NotFoundError, unknown
from lambdas.api.operator_router import OperatorRouter
from lambdas.api.views.agents import AgentListingView, AgentPageView, AgentView
from lambdas.api.views.fields import Cursor, Limit

router = OperatorRouter()

OptionalKind = Annotated[str | None, Query(description=f"One of {', '.join(AGENT_KINDS)}; without it, all of them.")]


@router.get("/v1/agents", tags=["agents"], summary="List agents")
def list_agents(kind: OptionalKind = None, limit: Limit = 100, cursor: Cursor = None) -> AgentPageView:
    """Page through the agents of one kind, or of all."""
    if kind is not None:
        _check_kind(kind)
    page = agent_page(router.ports.agents, (kind,) if kind else AGENT_KINDS, limit, cursor)
    agents = [AgentListingView(agent=str(one.agent), listed=dict(one.listed)) for one in page.agents]
    return AgentPageView(agents=agents, cursor=page.cursor)


@router.get("/v1/agents/<kind>/.+", tags=["agents"], summary="Get an agent")
def get_agent(kind: str) -> AgentView:
    """Show one agent with its state; its key is the rest of the path and may hold slashes."""
    _check_kind(kind)
    key = router.current_event.path.partition(f"/v1/agents/{kind}/")[2]
    snapshot = router.ports.agents.get(ActorId(kind, key))
    if snapshot is None:
        raise unknown("agent", f"{kind}/{key}", field="key", remedy=f"GET /v1/agents?kind={kind} lists the agents.")
    return AgentView(
        agent=str(snapshot.agent),
        version=snapshot.version,
        state=plain_state(snapshot),
        status=snapshot.status,
        status_reason=snapshot.status_reason,
        incarnation=snapshot.incarnation,
        waiting=snapshot.waiting,
    )


def _check_kind(kind: str) -> None:
    if kind not in AGENT_KINDS:
        remedy = f"Known kinds: {', '.join(AGENT_KINDS)}."
        raise NotFoundError("unknown_agent_kind", f"there is no agent kind {kind!r}", field="kind", remedy=remedy)
