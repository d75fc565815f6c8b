"""What the function liveness_sweep is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from lambdas.settings.environment_fields import (
    read_mapping,
    read_number,
    read_seconds,
    read_text,
    write_mapping,
    write_seconds,
)


@dataclass(frozen=True, slots=True)
class LivenessSweepSettings:
    """Where leases of devices are kept; bucket and shards as the heartbeat recorder has them."""

    metrics_table: str
    mailboxes: Mapping[str, str]
    """Queue URL by kind of agent; it tells devices only."""
    event_bus: str
    lease_bucket: timedelta
    lease_shards: int
    runtime_records_table: str
    lease: timedelta
    """How long a run may hold the lease to sweep: longer than the longest run."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "LivenessSweepSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            metrics_table=read_text(environment, "METRICS_TABLE"),
            mailboxes=read_mapping(environment, "MAILBOXES"),
            event_bus=read_text(environment, "EVENT_BUS"),
            lease_bucket=read_seconds(environment, "LEASE_BUCKET"),
            lease_shards=read_number(environment, "LEASE_SHARDS"),
            runtime_records_table=read_text(environment, "RUNTIME_RECORDS_TABLE"),
            lease=read_seconds(environment, "LEASE"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "METRICS_TABLE": self.metrics_table,
            "MAILBOXES": write_mapping(self.mailboxes),
            "EVENT_BUS": self.event_bus,
            "LEASE_BUCKET": write_seconds(self.lease_bucket),
            "LEASE_SHARDS": str(self.lease_shards),
            "RUNTIME_RECORDS_TABLE": self.runtime_records_table,
            "LEASE": write_seconds(self.lease),
        }
