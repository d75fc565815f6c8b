"""What a device says of its own health."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vitals:
    """One sample. Percentages are 0 to 100; a device without a battery reports none."""

    cpu_percent: float
    memory_percent: float
    disk_percent: float
    battery_percent: float | None = None
    is_charging: bool | None = None
    crash_count: int = 0
    """Crashes since the device was installed; never falls."""


def clamp_percent(value: float) -> float:
    """Keep a percentage between 0 and 100."""
    return min(100.0, max(0.0, value))
