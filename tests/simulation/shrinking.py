"""Makes a failing run small: leaves out faults and commands while it still fails in the same place."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.simulation.seeds import NewWorld, RunOutcome, run_seed
from tests.simulation.world import World

RUNS_LIMIT = 400
"""Runs that are spent on making one failure smaller."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failing run, and what of it is needed to fail."""

    seed: int
    faults: tuple[int, ...]
    commands: tuple[int, ...]
    error: str

    def command(self) -> str:
        """Write the one command that runs it again."""
        faults = ",".join(map(str, self.faults)) or "none"
        commands = ",".join(map(str, self.commands)) or "none"
        return f"python -m tests.simulation --seed {self.seed} --faults {faults} --commands {commands}"


def shrunk(outcome: RunOutcome, new_world: NewWorld = World) -> Failure:
    """Leave out what a failing run does not need."""
    assert outcome.error is not None
    place, runs = place_of(outcome.error), 0

    def fails(faults: list[int], commands: list[int]) -> bool:
        nonlocal runs
        runs += 1
        if runs > RUNS_LIMIT:
            return False
        again = run_seed(outcome.seed, faults=faults, commands=commands, new_world=new_world)
        return again.error is not None and place_of(again.error) == place

    faults, commands = [fault.chance for fault in outcome.fired], list(range(outcome.commands))
    for _ in range(2):
        commands = _fewest(commands, partial(fails, faults))
        faults = _fewest(faults, partial(_swapped, fails, commands))
    return Failure(outcome.seed, tuple(faults), tuple(commands), f"{type(outcome.error).__name__}: {outcome.error}")


def place_of(error: BaseException) -> str:
    """Say where an error was raised, so that one failure is not taken for another."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}"


def _swapped(fails: Callable[[list[int], list[int]], bool], commands: list[int], faults: list[int]) -> bool:
    return fails(faults, commands)


def _fewest(things: list[int], still_fails: Callable[[list[int]], bool]) -> list[int]:
    """Leave out halves, then quarters, and so on down to single ones."""
    size = max(len(things) // 2, 1)
    while things:
        start = 0
        while start < len(things):
            fewer = things[:start] + things[start + size :]
            if still_fails(fewer):
                things = fewer
            else:
                start += size
        if size == 1:
            break
        size //= 2
    return things
