"""What the function operator_api is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from lambdas.settings.environment_fields import read_mapping, read_seconds, read_text, write_mapping, write_seconds


@dataclass(frozen=True, slots=True)
class OperatorApiSettings:
    """Where the operator API finds the fleet, and how long what it signs is valid."""

    agents_table: str
    catalog_table: str
    metrics_table: str
    artifacts_bucket: str
    runtime_records_table: str
    """Promises and dead letters."""
    journal_table: str
    mailboxes: Mapping[str, str]
    """Queue URL by mailbox name: every lane of every kind of agent, since operators may tell each something."""
    call_out_queue: str
    """Where calls to the outside that became dead letters are handed over again."""
    deployment_machine: str
    """ARN of the state machine that supervises deployments."""
    upload_validity: timedelta
    rehearsal_patience: timedelta
    """How long a rehearsal waits for its devices before it answers."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "OperatorApiSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            agents_table=read_text(environment, "AGENTS_TABLE"),
            catalog_table=read_text(environment, "CATALOG_TABLE"),
            metrics_table=read_text(environment, "METRICS_TABLE"),
            artifacts_bucket=read_text(environment, "ARTIFACTS_BUCKET"),
            runtime_records_table=read_text(environment, "RUNTIME_RECORDS_TABLE"),
            journal_table=read_text(environment, "JOURNAL_TABLE"),
            mailboxes=read_mapping(environment, "MAILBOXES"),
            call_out_queue=read_text(environment, "CALL_OUT_QUEUE"),
            deployment_machine=read_text(environment, "DEPLOYMENT_MACHINE"),
            upload_validity=read_seconds(environment, "UPLOAD_VALIDITY"),
            rehearsal_patience=read_seconds(environment, "REHEARSAL_PATIENCE"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "AGENTS_TABLE": self.agents_table,
            "CATALOG_TABLE": self.catalog_table,
            "METRICS_TABLE": self.metrics_table,
            "ARTIFACTS_BUCKET": self.artifacts_bucket,
            "RUNTIME_RECORDS_TABLE": self.runtime_records_table,
            "JOURNAL_TABLE": self.journal_table,
            "MAILBOXES": write_mapping(self.mailboxes),
            "CALL_OUT_QUEUE": self.call_out_queue,
            "DEPLOYMENT_MACHINE": self.deployment_machine,
            "UPLOAD_VALIDITY": write_seconds(self.upload_validity),
            "REHEARSAL_PATIENCE": write_seconds(self.rehearsal_patience),
        }
