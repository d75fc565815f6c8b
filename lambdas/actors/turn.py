"""The outcome of one reaction."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from lambdas.actors.effects import Effect

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Turn(Generic[S]):
    """The agent's next state and what leaves it once that state is committed."""

    state: S
    effects: tuple[Effect, ...] = ()
