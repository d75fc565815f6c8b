"""How an agent of one kind reacts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from lambdas.actors.answers import Answer
from lambdas.actors.failures import MAX_ATTEMPTS, FailurePolicy
from lambdas.actors.turn import Turn

S = TypeVar("S")

Reaction = Callable[[S, Any, datetime], Turn[S]]

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Lays a state of one schema out as the next one wants it; pure, from JSON object to JSON object."""


@dataclass(frozen=True)
class Continuation(Generic[S]):
    """A reaction to an answer, and the types that its ``Replied.value`` may have besides None."""

    reaction: Callable[[S, Answer, datetime], Turn[S]]
    reads: tuple[type, ...] = ()

    @property
    def name(self) -> str:
        """The name under which an open question remembers it: that of the function."""
        return self.reaction.__name__


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
    upcasts: Mapping[int, Upcast] = field(default_factory=dict)
    """From each older layout to the one after it; a stored state takes every step up to ``schema``."""
    continuations: tuple[Continuation[S], ...] = ()
    """What goes on when an answer has come; ``Ask.then`` names one of these."""
    on_failure: FailurePolicy = FailurePolicy.PARK
    max_attempts: int = MAX_ATTEMPTS
    """How often a message is tried before ``on_failure`` takes over."""
    marks_in_item: int = 32
    """Senders whose last frame is remembered in the agent's item; further ones are remembered elsewhere."""

    def react(self, state: S, message: Any, now: datetime) -> Turn[S]:
        """Run the reaction for the message's type; raises UnknownMessageError when there is none."""
        reaction = self.reactions.get(type(message))
        if reaction is None:
            raise UnknownMessageError(f"agent kind {self.kind!r} has no reaction for {type(message).__name__}")
        return reaction(state, message, now)
