"""The course of a run: every choice and every fault in it, from one seed.

Choices come from one stream, faults from another: the n-th chance of a fault is decided by the seed and n alone. So a
fault can be left out of a run without changing when the others are drawn, which is how a failing run is shrunk.
"""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.simulation.faults import CallKind, Fault, faults_of, weight_of

T = TypeVar("T")

FAULT_RATES = (0.0, 0.02, 0.05, 0.12, 0.3)
HIGHEST_FAULT_RATE = 0.5
SUSPEND_RATES = (0.0, 0.05, 0.2, 0.5)
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class FiredFault:
    """A fault of a run: the number of its chance, and what it was."""

    chance: int
    call: str
    fault: str

    def __str__(self) -> str:
        return f"{self.chance} ({self.call}: {self.fault})"


class Course:
    """All choices of one run."""

    def __init__(self, seed: int, only: Collection[int] | None = None) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        self._only = only
        self._chances = 0
        self.fault_rate = self.one_of(FAULT_RATES)
        self.suspend_rate = self.one_of(SUSPEND_RATES)
        self.is_quiet = False
        """Set when faults have ended: then all goes well."""
        self.fired: list[FiredFault] = []
        self.calls: Counter[tuple[CallKind, Fault]] = Counter()
        self.disturbances: Counter[str] = Counter()

    def one_of(self, things: Sequence[T]) -> T:
        """Choose one of some things."""
        return things[int(self._random.random() * len(things))]

    def number(self, lowest: int, highest: int) -> int:
        """Choose a whole number, both ends included."""
        return lowest + int(self._random.random() * (highest - lowest + 1))

    def share(self) -> float:
        """Draw from 0..1."""
        return self._random.random()

    def happens(self, share: float) -> bool:
        """Tell whether something happens that does in such a share of cases."""
        return self._random.random() < share

    def some_of(self, count: int) -> list[int]:
        """Choose at least one of so many places."""
        chosen = [place for place in range(count) if self.happens(0.5)]
        return chosen or [self.number(0, count - 1)]

    @property
    def may_suspend(self) -> bool:
        """Whether an invocation may have to stop before one of its calls."""
        return not self.is_quiet and self.suspend_rate > 0

    def suspends(self) -> bool:
        """Tell whether an invocation stops before its next call, so that others go first."""
        return not self.is_quiet and self.happens(self.suspend_rate)

    def fault(self, call: CallKind) -> Fault:
        """Decide what goes wrong with a call."""
        fault = Fault.NONE if self.is_quiet else self._drawn(call)
        self.calls[call, fault] += 1
        return fault

    def disturbs(self, what: str, share: float) -> bool:
        """Tell whether something untoward happens beside the calls; it counts as a fault and can be left out too."""
        if self.is_quiet:
            return False
        self._chances += 1
        if (_mixed(self._seed, self._chances) & 0xFFFF) >= share * 0x10000:
            return False
        if self._only is not None and self._chances not in self._only:
            return False
        self.fired.append(FiredFault(self._chances, "world", what))
        self.disturbances[what] += 1
        return True

    def _drawn(self, call: CallKind) -> Fault:
        self._chances += 1
        drawn = _mixed(self._seed, self._chances)
        if (drawn & 0xFFFF) >= min(self.fault_rate * weight_of(call), HIGHEST_FAULT_RATE) * 0x10000:
            return Fault.NONE
        if self._only is not None and self._chances not in self._only:
            return Fault.NONE
        possible = faults_of(call)
        fault = possible[(drawn >> 32) % len(possible)]
        self.fired.append(FiredFault(self._chances, call, fault))
        return fault


class FixedCourse(Course):
    """A course without chance: all goes in order and well, but for the faults given by the number of the call.

    The invocation that comes to call ``frozen_at`` stops there until it is resumed.
    """

    def __init__(self, faults: Mapping[int, Fault] | None = None, frozen_at: int | None = None) -> None:
        super().__init__(seed=0)
        self._faults = faults or {}
        self._frozen_at = frozen_at
        self.fault_rate = 0.0
        self.suspend_rate = 0.0
        self.made: list[CallKind] = []
        """All calls, in order."""

    def one_of(self, things: Sequence[T]) -> T:
        return things[0]

    def number(self, lowest: int, highest: int) -> int:
        return highest if lowest >= 0 else 0

    def share(self) -> float:
        return 0.0

    def happens(self, share: float) -> bool:
        return share >= 1.0

    def some_of(self, count: int) -> list[int]:
        return [0]

    @property
    def may_suspend(self) -> bool:
        return self._frozen_at is not None

    def suspends(self) -> bool:
        if self._frozen_at != len(self.made):
            return False
        self._frozen_at = None
        return True

    def disturbs(self, what: str, share: float) -> bool:
        return False

    def fault(self, call: CallKind) -> Fault:
        place = len(self.made)
        self.made.append(call)
        fault = self._faults.get(place, Fault.NONE)
        self.calls[call, fault] += 1
        if fault is not Fault.NONE:
            self.fired.append(FiredFault(place, call, fault))
        return fault


def _mixed(seed: int, number: int) -> int:
    """Scatter two numbers over 64 bits (the finaliser of SplitMix64)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31)
