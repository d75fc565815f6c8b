"""What the platform must know of one kind of agent to deploy it."""

from dataclasses import dataclass
from typing import Any

from lambdas.actors.behavior import Behavior


@dataclass(frozen=True)
class AgentSpec:
    """A behavior and how far its effects may reach; one beyond that is refused before its turn is committed.

    The role of the kind's function gets exactly these permissions. ``sends_to`` names kinds of agents.
    """

    behavior: Behavior[Any]
    sends_to: tuple[str, ...] = ()
    publishes: bool = False
    completes_tasks: bool = False

    @property
    def kind(self) -> str:
        """The kind of agent, the first part of its address."""
        return self.behavior.kind
