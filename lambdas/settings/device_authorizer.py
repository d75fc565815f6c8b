"""What the function device_authorizer is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.settings.environment_fields import read_text


@dataclass(frozen=True, slots=True)
class DeviceAuthorizerSettings:
    """Where the key is with which device tokens are made."""

    device_token_key_secret: str
    """ARN."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "DeviceAuthorizerSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            device_token_key_secret=read_text(environment, "DEVICE_TOKEN_KEY_SECRET"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "DEVICE_TOKEN_KEY_SECRET": self.device_token_key_secret,
        }
