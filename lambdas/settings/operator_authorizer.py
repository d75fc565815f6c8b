"""What the function operator_authorizer is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.settings.environment_fields import read_text


@dataclass(frozen=True, slots=True)
class OperatorAuthorizerSettings:
    """Where the operator token is."""

    operator_token_secret: str
    """ARN."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "OperatorAuthorizerSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            operator_token_secret=read_text(environment, "OPERATOR_TOKEN_SECRET"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "OPERATOR_TOKEN_SECRET": self.operator_token_secret,
        }
