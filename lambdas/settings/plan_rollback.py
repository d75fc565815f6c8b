"""What the function plan_rollback is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.settings.environment_fields import read_text


@dataclass(frozen=True, slots=True)
class PlanRollbackSettings:
    """Where batches are read, and where those of the rollback are written."""

    agents_table: str
    artifacts_bucket: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "PlanRollbackSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            agents_table=read_text(environment, "AGENTS_TABLE"),
            artifacts_bucket=read_text(environment, "ARTIFACTS_BUCKET"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "AGENTS_TABLE": self.agents_table,
            "ARTIFACTS_BUCKET": self.artifacts_bucket,
        }
