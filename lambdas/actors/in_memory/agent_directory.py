"""Reading agents from items in memory."""

from collections.abc import Mapping, Sequence

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.ports import AgentListing, AgentPage, AgentSnapshot, CursorError
from lambdas.actors.snapshots import snapshot


class InMemoryAgentDirectory:
    """An AgentDirectory over an InMemoryStateStore."""

    def __init__(self, store: InMemoryStateStore) -> None:
        self._store = store

    def get(self, agent: ActorId) -> AgentSnapshot | None:
        """Read one agent."""
        return self.get_many([agent]).get(agent)

    def get_many(self, agents: Sequence[ActorId]) -> Mapping[ActorId, AgentSnapshot]:
        """Read many agents."""
        return {agent: snapshot(item) for agent, item in self._store.load(agents).items()}

    def list(self, kind: str, limit: int, cursor: str | None = None) -> AgentPage:
        """List agents of a kind by their keys; the cursor is the address of the last one listed."""
        after = _read_cursor(cursor, kind)
        agents = sorted(agent for agent in self._store.items if agent.kind == kind and agent.key > after)
        page = tuple(AgentListing(agent, self._store.items[agent]["listed"]) for agent in agents[:limit])
        return AgentPage(page, str(page[-1].agent) if len(agents) > limit else None)


def _read_cursor(cursor: str | None, kind: str) -> str:
    if cursor is None:
        return ""
    try:
        last = ActorId.parse(cursor)
    except ActorIdError as error:
        raise CursorError(f"cursor {cursor!r} is not one of this list; begin without one") from error
    if last.kind != kind:
        raise CursorError(f"cursor {cursor!r} is of a list of {last.kind!r}, not of {kind!r}; begin without one")
    return last.key
