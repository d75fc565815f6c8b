"""What the function device_api is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from lambdas.settings.environment_fields import read_mapping, read_seconds, read_text, write_mapping, write_seconds


@dataclass(frozen=True, slots=True)
class DeviceApiSettings:
    """Where the device API finds the fleet, and how often devices shall speak."""

    agents_table: str
    catalog_table: str
    artifacts_bucket: str
    event_bus: str
    mailboxes: Mapping[str, str]
    """Queue URL by kind of agent; it tells devices only."""
    enrolment_token_secret: str
    """ARN."""
    device_token_key_secret: str
    """ARN."""
    idle_heartbeat: timedelta
    active_heartbeat: timedelta
    """While the device has a deployment or a task in hand."""
    download_validity: timedelta

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "DeviceApiSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            agents_table=read_text(environment, "AGENTS_TABLE"),
            catalog_table=read_text(environment, "CATALOG_TABLE"),
            artifacts_bucket=read_text(environment, "ARTIFACTS_BUCKET"),
            event_bus=read_text(environment, "EVENT_BUS"),
            mailboxes=read_mapping(environment, "MAILBOXES"),
            enrolment_token_secret=read_text(environment, "ENROLMENT_TOKEN_SECRET"),
            device_token_key_secret=read_text(environment, "DEVICE_TOKEN_KEY_SECRET"),
            idle_heartbeat=read_seconds(environment, "IDLE_HEARTBEAT"),
            active_heartbeat=read_seconds(environment, "ACTIVE_HEARTBEAT"),
            download_validity=read_seconds(environment, "DOWNLOAD_VALIDITY"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "AGENTS_TABLE": self.agents_table,
            "CATALOG_TABLE": self.catalog_table,
            "ARTIFACTS_BUCKET": self.artifacts_bucket,
            "EVENT_BUS": self.event_bus,
            "MAILBOXES": write_mapping(self.mailboxes),
            "ENROLMENT_TOKEN_SECRET": self.enrolment_token_secret,
            "DEVICE_TOKEN_KEY_SECRET": self.device_token_key_secret,
            "IDLE_HEARTBEAT": write_seconds(self.idle_heartbeat),
            "ACTIVE_HEARTBEAT": write_seconds(self.active_heartbeat),
            "DOWNLOAD_VALIDITY": write_seconds(self.download_validity),
        }
