"""How an agent of one kind reacts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from lambdas.actors.turn import Turn

S = TypeVar("S")

Reaction = Callable[[S, Any, datetime], Turn[S]]


class UnknownMessageError(Exception):
    """The agent has no reaction for the message; a retry helps only after new code is deployed."""


def no_index(_state: Any) -> dict[str, str]:
    """The index of agents that are found by address alone."""
    return {}


@dataclass(frozen=True)
class Behavior(Generic[S]):
    """The reactions of one kind of agent: pure functions of state, message and time.

    ``initial_state`` makes the state of an agent that was never told anything, from its key.
    ``index`` names the few attributes by which agents of this kind are listed.
    """

    kind: str
    state_type: type[S]
    initial_state: Callable[[str], S]
    reactions: Mapping[type, Callable[[S, Any, datetime], Turn[S]]]
    index: Callable[[S], Mapping[str, str]] = field(default=no_index)
    schema: int = 1
    """Number of the state's layout; stored with every state, so that code never reads a layout newer than its own."""

    def react(self, state: S, message: Any, now: datetime) -> Turn[S]:
        """Run the reaction for the message's type; raises UnknownMessageError when there is none."""
        reaction = self.reactions.get(type(message))
        if reaction is None:
            raise UnknownMessageError(f"agent kind {self.kind!r} has no reaction for {type(message).__name__}")
        return reaction(state, message, now)
