"""What a device says of its own health."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Vitals:
    """One sample. Percentages are 0 to 100; a device without a battery reports none."""

    cpu_percent: float
    memory_percent: float
    disk_percent: float
    battery_percent: float | None = None
    is_charging: bool | None = None
    crash_count: int = 0
    """Unclean ends of this client since the device was enrolled; never falls."""

    def to_json(self) -> dict[str, Any]:
        """The sample as JSON values; what the device does not have is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}
