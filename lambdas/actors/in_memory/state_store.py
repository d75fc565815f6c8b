"""Agents' items in memory."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem
from lambdas.actors.ports import CommitOutcome, CommitStatus


class InMemoryStateStore:
    """A StateStore whose items live as long as the process."""

    def __init__(self) -> None:
        self.items: dict[ActorId, AgentItem] = {}

    def load(self, agents: Sequence[ActorId]) -> Mapping[ActorId, AgentItem]:
        """Read the items of agents that have committed."""
        return {agent: deepcopy(self.items[agent]) for agent in agents if agent in self.items}

    def commit(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
        """Write each item whose stored version is the one before it."""
        return {ActorId.parse(item["agent"]): self._commit(item) for item in items}

    def _commit(self, item: AgentItem) -> CommitOutcome:
        agent = ActorId.parse(item["agent"])
        stored = self.items.get(agent)
        version = stored["version"] if stored else 0
        if version == item["version"] - 1:
            self.items[agent] = deepcopy(item)
            return CommitOutcome(CommitStatus.COMMITTED)
        if stored and version == item["version"] and stored["committed_by"] == item["committed_by"]:
            return CommitOutcome(CommitStatus.COMMITTED)
        return CommitOutcome(CommitStatus.FENCED)
