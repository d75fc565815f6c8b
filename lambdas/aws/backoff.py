"""Tries again what a service took only in part: few times, each after a longer random wait."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """Up to ``tries`` tries; before the n-th further one a wait of up to ``first_wait_seconds`` * 2^n."""

    tries: int = 4
    first_wait_seconds: float = 0.1
    longest_wait_seconds: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    random_share: Callable[[], float] = random.random

    def until_done(self, entries: Sequence[T], attempt: Callable[[Sequence[T]], Sequence[T]]) -> Sequence[T]:
        """Attempt all entries, then those that each attempt leaves over; answer what is left after the last."""
        left = entries
        for number in range(self.tries):
            if not left:
                break
            if number:
                self._wait(number - 1)
            left = attempt(left)
        return left

    def _wait(self, number: int) -> None:
        ceiling = min(self.first_wait_seconds * 2**number, self.longest_wait_seconds)
        self.sleep(ceiling * self.random_share())
