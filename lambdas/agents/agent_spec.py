"""What the platform must know of one kind of agent to deploy it."""

from dataclasses import dataclass
from typing import Any

from lambdas.actors.behavior import Behavior
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.actors.lanes import Lane


@dataclass(frozen=True)
class AgentSpec:
    """A behavior and how far its effects may reach; one beyond that is refused before its turn is committed.

    The role of the kind's function gets exactly these permissions. ``sends_to`` names kinds of agents.
    """

    behavior: Behavior[Any]
    sends_to: tuple[str, ...] = ()
    """Kinds it tells something, asks, or answers."""
    publishes: bool = False
    completes_tasks: bool = False
    calls_out: bool = False
    """Posts messages to destinations outside."""
    lanes: tuple[Lane, ...] = (Lane.NORMAL,)
    """Its mailboxes; an idle one costs about $0.32 a month."""
    is_journaled: bool = True
    """Every committed version goes into the journal, from which the agent can be rebuilt."""
    subscribes_to: tuple[Subscription, ...] = ()
    """What its agents are told that others announce under a topic."""

    @property
    def kind(self) -> str:
        """The kind of agent, the first part of its address."""
        return self.behavior.kind
