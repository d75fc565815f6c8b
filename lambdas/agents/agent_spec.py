"""What the platform must know of one kind of agent to deploy it."""

from dataclasses import dataclass
from typing import Any

from lambdas.actors.behavior import Behavior


@dataclass(frozen=True)
class AgentSpec:
    """A behavior and the permissions it needs; an effect beyond them fails at the role of the function.

    ``sends_to`` names kinds of agents, itself included where it reminds itself.
    """

    behavior: Behavior[Any]
    sends_to: tuple[str, ...] = ()
    publishes: bool = False
    completes_tasks: bool = False

    @property
    def kind(self) -> str:
        """The kind of agent, the first part of its address."""
        return self.behavior.kind
