"""Rehearsals: what happens to the vitals of simulated devices. Chance is passed in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lambdas.fleet.vitals import Vitals

T = TypeVar("T")

STRAINED_SHARE = (0.30, 0.50)
RECOVERED_SHARE = (0.40, 0.80)
STRAIN_CPU_POINTS = (10.0, 50.0)
STRAIN_MEMORY_POINTS = (10.0, 30.0)
STRAIN_BATTERY_POINTS = (5.0, 15.0)
RECOVERED_CPU_PERCENT = (10.0, 40.0)
RECOVERED_MEMORY_PERCENT = (20.0, 50.0)
ACTIVITY_CPU_POINTS = 20.0
ACTIVITY_MEMORY_POINTS = 10.0
ACTIVITY_BATTERY_POINTS = 5.0


class Randomness(Protocol):
    """Chance, as ``random.Random`` gives it."""

    def uniform(self, a: float, b: float) -> float:
        """Draw a number between two others."""

    def sample(self, population: Sequence[T], k: int) -> list[T]:
        """Draw some of many, each at most once."""

    def choice(self, seq: Sequence[T]) -> T:
        """Draw one of many."""


@dataclass(frozen=True, slots=True)
class VitalsMove:
    """By how many points the vitals of a device change."""

    cpu_points: float
    memory_points: float
    battery_points: float


def draw_strained(device_ids: Sequence[str], randomness: Randomness) -> tuple[str, ...]:
    """Draw the devices that a rehearsal strains: 30 to 50 % of them, of a single one that one."""
    return _draw(device_ids, STRAINED_SHARE, randomness)


def draw_recovered(device_ids: Sequence[str], randomness: Randomness) -> tuple[str, ...]:
    """Draw the strained devices that recover: 40 to 80 % of them, of a single one that one."""
    return _draw(device_ids, RECOVERED_SHARE, randomness)


def strain(vitals: Vitals, randomness: Randomness) -> VitalsMove:
    """Load a device: more cpu and memory, less battery unless it charges."""
    drain = 0.0 if vitals.is_charging else -randomness.uniform(*STRAIN_BATTERY_POINTS)
    return VitalsMove(randomness.uniform(*STRAIN_CPU_POINTS), randomness.uniform(*STRAIN_MEMORY_POINTS), drain)


def recovery(vitals: Vitals, randomness: Randomness) -> VitalsMove:
    """Relieve a device: cpu and memory fall to where an idle device has them; they never rise."""
    cpu = randomness.uniform(*RECOVERED_CPU_PERCENT) - vitals.cpu_percent
    memory = randomness.uniform(*RECOVERED_MEMORY_PERCENT) - vitals.memory_percent
    return VitalsMove(min(0.0, cpu), min(0.0, memory), 0.0)


def activity(vitals: Vitals, randomness: Randomness) -> VitalsMove:
    """Let a device do its everyday work for a moment: the battery falls, or rises while it charges."""
    change = randomness.uniform(0, ACTIVITY_BATTERY_POINTS)
    return VitalsMove(
        randomness.uniform(-ACTIVITY_CPU_POINTS, ACTIVITY_CPU_POINTS),
        randomness.uniform(-ACTIVITY_MEMORY_POINTS, ACTIVITY_MEMORY_POINTS),
        change if vitals.is_charging else -change,
    )


def _draw(device_ids: Sequence[str], share: tuple[float, float], randomness: Randomness) -> tuple[str, ...]:
    """Draw a whole number of devices within the share; where no whole number is, as few as reach its lower end."""
    fewest, most = math.ceil(share[0] * len(device_ids)), math.floor(share[1] * len(device_ids))
    wanted = round(randomness.uniform(*share) * len(device_ids))
    return tuple(randomness.sample(device_ids, max(fewest, min(most, wanted))))
