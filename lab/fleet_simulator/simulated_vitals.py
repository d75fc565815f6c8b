"""Vitals of a device that does not exist: a random walk around its own usual load."""

from random import Random

from ringtree_device.vitals import Vitals

STEP_POINTS = 3.0
PULL_SHARE = 0.1
"""How much of the way back to the usual load each step takes."""
BATTERY_STEP_POINTS = 0.2
SHARE_WITH_BATTERY = 0.5


class SimulatedVitals:
    """A VitalsSource; the same randomness gives the same walk."""

    def __init__(self, boot_id: str, random: Random) -> None:
        self._boot_id = boot_id
        self._random = random
        self._usual_cpu, self._usual_memory = random.uniform(10, 40), random.uniform(30, 60)
        self._cpu, self._memory, self._disk = self._usual_cpu, self._usual_memory, random.uniform(20, 70)
        self._battery = random.uniform(50, 100) if random.random() < SHARE_WITH_BATTERY else None
        self._is_charging = random.random() < 0.5

    @property
    def boot_id(self) -> str:
        """This device never restarts."""
        return self._boot_id

    def sample(self) -> Vitals:
        """Take a step and measure."""
        self._cpu = self._walked(self._cpu, self._usual_cpu)
        self._memory = self._walked(self._memory, self._usual_memory)
        has_battery = self._battery is not None
        if self._battery is not None:
            self._battery = min(100.0, max(5.0, self._battery + BATTERY_STEP_POINTS * (1 if self._is_charging else -1)))
        return Vitals(
            cpu_percent=round(self._cpu, 1),
            memory_percent=round(self._memory, 1),
            disk_percent=round(self._disk, 1),
            battery_percent=None if self._battery is None else round(self._battery, 1),
            is_charging=self._is_charging if has_battery else None,
        )

    def _walked(self, value: float, usual: float) -> float:
        return min(100.0, max(0.0, value + self._random.gauss(0, STEP_POINTS) + PULL_SHARE * (usual - value)))
