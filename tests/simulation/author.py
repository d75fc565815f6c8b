"""The author of a run's commands: words and choices that stories are written with."""

import random
from collections.abc import Callable, Iterator
from itertools import count

from lambdas.actors.lanes import Lane
from tests.simulation.cast import LANES
from tests.simulation.messages import Do, Step
from tests.simulation.world import World

Deed = Callable[[World], object]
"""One thing that is done from outside."""


class Author:
    """Chooses, from a seed, what stories leave open."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"workload {seed}")
        self._numbers = count(1)

    def uid(self) -> str:
        """Name a message of a program."""
        return f"c{next(self._numbers)}"

    def do(self, *steps: Step) -> Do:
        """Make a message of a program."""
        return Do(self.uid(), steps)

    def lane(self) -> Lane:
        """Choose a lane, mostly the normal one."""
        return self.random.choice((*LANES, Lane.NORMAL, Lane.NORMAL))

    def one_of(self, *things: str) -> str:
        """Choose one."""
        return self.random.choice(things)

    def times(self, least: int, most: int) -> range:
        """Choose how often."""
        return range(self.random.randint(least, most))


Story = Callable[[Author], Iterator[Deed]]


def tell(to: str, message: Do, lane: Lane = Lane.NORMAL) -> Deed:
    return lambda world: world.tell(to, message, lane=lane)


def instruct(to: str, word: object, lane: Lane) -> Deed:
    return lambda world: world.instruct(to, word, lane)
