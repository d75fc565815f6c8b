"""What the function wake_up_reconciliation is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from lambdas.settings.environment_fields import read_mapping, read_seconds, read_text, write_mapping, write_seconds


@dataclass(frozen=True, slots=True)
class WakeUpReconciliationSettings:
    """Where agents are looked through, their mailboxes, and how long a run may hold the lease of its segment."""

    agents_table: str
    runtime_records_table: str
    mailboxes: Mapping[str, str]
    """Queue URL by name of the mailbox, of all kinds."""
    lease: timedelta

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "WakeUpReconciliationSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            agents_table=read_text(environment, "AGENTS_TABLE"),
            runtime_records_table=read_text(environment, "RUNTIME_RECORDS_TABLE"),
            mailboxes=read_mapping(environment, "MAILBOXES"),
            lease=read_seconds(environment, "LEASE"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "AGENTS_TABLE": self.agents_table,
            "RUNTIME_RECORDS_TABLE": self.runtime_records_table,
            "MAILBOXES": write_mapping(self.mailboxes),
            "LEASE": write_seconds(self.lease),
        }
