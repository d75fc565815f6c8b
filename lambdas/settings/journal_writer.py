"""What the function journal_writer is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from lambdas.settings.environment_fields import read_seconds, read_text, write_seconds


@dataclass(frozen=True, slots=True)
class JournalWriterSettings:
    """Where the journal is, where its largest entries are, and how long they are kept."""

    journal_table: str
    claims_bucket: str
    journal_retention: timedelta
    unkept_queue: str
    """Where versions are named that nothing can read."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "JournalWriterSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            journal_table=read_text(environment, "JOURNAL_TABLE"),
            claims_bucket=read_text(environment, "CLAIMS_BUCKET"),
            journal_retention=read_seconds(environment, "JOURNAL_RETENTION"),
            unkept_queue=read_text(environment, "UNKEPT_QUEUE"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "JOURNAL_TABLE": self.journal_table,
            "CLAIMS_BUCKET": self.claims_bucket,
            "JOURNAL_RETENTION": write_seconds(self.journal_retention),
            "UNKEPT_QUEUE": self.unkept_queue,
        }
