"""What the function wake_up_sweep is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from lambdas.settings.environment_fields import read_seconds, read_text, write_seconds


@dataclass(frozen=True, slots=True)
class WakeUpSweepSettings:
    """Where wake-ups come from and go to, and how long a run may hold the lease."""

    runtime_records_table: str
    wake_up_queue: str
    lease: timedelta
    """Longer than the longest run, so that the next one never runs beside it."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "WakeUpSweepSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            runtime_records_table=read_text(environment, "RUNTIME_RECORDS_TABLE"),
            wake_up_queue=read_text(environment, "WAKE_UP_QUEUE"),
            lease=read_seconds(environment, "LEASE"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "RUNTIME_RECORDS_TABLE": self.runtime_records_table,
            "WAKE_UP_QUEUE": self.wake_up_queue,
            "LEASE": write_seconds(self.lease),
        }
