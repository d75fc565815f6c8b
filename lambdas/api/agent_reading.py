"""Reads agents as what they are."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.ports import AgentDirectory, AgentListing, AgentPage, AgentSnapshot, CursorError

S = TypeVar("S")

LISTING_PAGE = 500
TOKEN = "task_token"  # noqa: S105 - the name of a field


def state_of(snapshot: AgentSnapshot, state_type: type[S]) -> S:
    """Decode the state of an agent of a known kind."""
    return msgspec.json.decode(snapshot.state, type=state_type)


def read_agent(agents: AgentDirectory, kind: str, key: str, state_type: type[S]) -> S | None:
    """Read one agent; none when it was never told anything, or when no agent can bear the key."""
    try:
        agent = ActorId(kind, key)
    except ActorIdError:
        return None
    snapshot = agents.get(agent)
    return None if snapshot is None else state_of(snapshot, state_type)


def read_agents(agents: AgentDirectory, kind: str, keys: Iterable[str], state_type: type[S]) -> dict[str, S]:
    """Read many agents of one kind by key; those that were never told anything are absent."""
    found = agents.get_many([ActorId(kind, key) for key in keys])
    return {agent.key: state_of(snapshot, state_type) for agent, snapshot in found.items()}


def list_agents(agents: AgentDirectory, kind: str) -> Iterator[AgentListing]:
    """List every agent of a kind, page by page."""
    cursor: str | None = None
    while True:
        page = agents.list(kind, LISTING_PAGE, cursor)
        yield from page.agents
        cursor = page.cursor
        if cursor is None:
            return


def agent_page(agents: AgentDirectory, kinds: Sequence[str], limit: int, cursor: str | None) -> AgentPage:
    """List agents of several kinds, one kind after another; the cursor is the address of the last one listed."""
    begin = _kind_of(cursor, kinds) if cursor is not None else kinds[0]
    found: list[AgentListing] = []
    for kind in kinds[kinds.index(begin) :]:
        page = agents.list(kind, limit - len(found), cursor)
        found += page.agents
        if page.cursor is not None:
            return AgentPage(tuple(found), page.cursor)
        if len(found) == limit and kind != kinds[-1]:
            return AgentPage(tuple(found), str(found[-1].agent))
        cursor = None
    return AgentPage(tuple(found), None)


def _kind_of(cursor: str, kinds: Sequence[str]) -> str:
    kind = cursor.partition("/")[0]
    if kind not in kinds:
        raise CursorError(f"cursor {cursor!r} is not one of this list; begin without one")
    return kind


def plain_state(snapshot: AgentSnapshot) -> dict[str, Any]:
    """Decode the state of an agent of any kind. Task tokens are left out: who has one can speak for the agent."""
    state: dict[str, Any] = without_tokens(msgspec.json.decode(snapshot.state))
    return state


def without_tokens(value: Any) -> Any:
    """Leave the task tokens out of a JSON value."""
    match value:
        case dict():
            return {name: without_tokens(inside) for name, inside in value.items() if name != TOKEN}
        case list():
            return [without_tokens(inside) for inside in value]
        case _:
            return value
