"""What the function call_out_worker is told by its stack."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.settings.destinations import Destination, DestinationError, read_destinations, write_destinations
from lambdas.settings.environment_fields import SettingError, read_text


@dataclass(frozen=True, slots=True)
class CallOutWorkerSettings:
    """Where calls go, and where circuits and dead letters are kept."""

    destinations: Mapping[str, Destination]
    """By name; may be empty."""
    call_out_queue: str
    runtime_records_table: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "CallOutWorkerSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            destinations=_read_destinations(environment, "DESTINATIONS"),
            call_out_queue=read_text(environment, "CALL_OUT_QUEUE"),
            runtime_records_table=read_text(environment, "RUNTIME_RECORDS_TABLE"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "DESTINATIONS": write_destinations(self.destinations),
            "CALL_OUT_QUEUE": self.call_out_queue,
            "RUNTIME_RECORDS_TABLE": self.runtime_records_table,
        }


def _read_destinations(environment: Mapping[str, str], name: str) -> dict[str, Destination]:
    try:
        return read_destinations(json.loads(read_text(environment, name)))
    except (DestinationError, json.JSONDecodeError) as error:
        raise SettingError(f"environment variable {name} cannot be read: {error}") from error
