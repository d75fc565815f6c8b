"""Explicit-state search: visits every state a model can reach, in the order of their distance from the start."""

import gc
import time
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tests.protocol_model.violations import Kind, Violation

S = TypeVar("S", bound=Hashable)

STATES_LIMIT = 3_000_000
"""More states than this are a model that was not thought through; a search never stops early in silence."""


class Model(Protocol[S]):
    """A system as states, steps between them, and promises about them. Equal states have equal futures."""

    def start(self) -> S:
        """The state in which everything begins."""

    def steps(self, state: S) -> Iterable[tuple[str, S]]:
        """Every step that may happen next: its name and where it leads. A state without steps is at rest."""

    def violation(self, state: S, *, at_rest: bool) -> Violation | None:
        """The promise that is broken in this state."""


class SearchTooLargeError(Exception):
    """The model has more states than the limit; make it smaller or canonicalise more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search came to. Without a violation every reachable state was visited."""

    states: int
    seconds: float
    violation: Violation | None = None
    trace: tuple[str, ...] = ()
    """The shortest way from the start to the violation, one step a line."""

    def __str__(self) -> str:
        effort = f"{self.states:,} states in {self.seconds:.1f} s"
        if self.violation is None:
            return f"no violation, all of {effort}"
        lines = [f"  {place:>2}  {step}" for place, step in enumerate(self.trace, start=1)]
        return "\n".join([f"{self.violation} ({effort})", *lines])


def search(model: Model[S], limit: int = STATES_LIMIT, *, comes_to_rest: bool = False) -> Finding:
    """Visit all states breadth first and stop at the first violation.

    With ``comes_to_rest`` every state must also have some way to a state at rest: a model that can run in
    circles for ever is found out. Raises SearchTooLargeError above ``limit``.
    """
    began = time.process_time()
    with _no_garbage_collection():
        graph = _Graph(model, limit, keeps_edges=comes_to_rest)
        guilty = graph.explore()
        if guilty is None and comes_to_rest:
            guilty = graph.never_at_rest()
        seconds = time.process_time() - began
        if guilty is None:
            return Finding(len(graph.states), seconds)
        number, violation = guilty
        return Finding(len(graph.states), seconds, violation, graph.way_to(number))


class _Graph(Generic[S]):
    """The states found so far, numbered in the order in which they were found."""

    def __init__(self, model: Model[S], limit: int, *, keeps_edges: bool) -> None:
        self._model = model
        self._limit = limit
        start = model.start()
        self.states = [start]
        self._numbers = {start: 0}
        self._parents = [-1]
        self._edges: list[tuple[int, ...]] | None = [] if keeps_edges else None

    def explore(self) -> tuple[int, Violation] | None:
        """Visit every state; answer the first guilty one."""
        model, number = self._model, 0
        while number < len(self.states):
            state = self.states[number]
            following = [self._number_of(after, number) for _, after in model.steps(state)]
            violation = model.violation(state, at_rest=not following)
            if violation is not None:
                return number, violation
            if self._edges is not None:
                self._edges.append(tuple(following))
            number += 1
        return None

    def never_at_rest(self) -> tuple[int, Violation] | None:
        """Find the first state from which no state at rest can be reached."""
        edges = self._edges or []
        before: list[list[int]] = [[] for _ in edges]
        for number, following in enumerate(edges):
            for after in following:
                before[after].append(number)
        waiting = [number for number, following in enumerate(edges) if not following]
        settles = set(waiting)
        while waiting:
            for number in before[waiting.pop()]:
                if number not in settles:
                    settles.add(number)
                    waiting.append(number)
        restless = next((number for number in range(len(edges)) if number not in settles), None)
        return None if restless is None else (restless, Violation(Kind.STUCK, "from here nothing ever comes to rest"))

    def way_to(self, number: int) -> tuple[str, ...]:
        """Name the steps that lead from the start to a state. Their names were not kept: they are asked for again."""
        way: list[str] = []
        while number:
            parent = self._parents[number]
            steps = self._model.steps(self.states[parent])
            way.append(next(name for name, after in steps if after == self.states[number]))
            number = parent
        return tuple(reversed(way))

    def _number_of(self, state: S, parent: int) -> int:
        number = self._numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            if number >= self._limit:
                raise SearchTooLargeError(f"{self._model} has more than {self._limit:,} states")
            self.states.append(state)
            self._parents.append(parent)
        return number


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """States are trees without cycles; looking for cycles among millions of them doubles the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
