"""What the function wake_up_relay is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.settings.environment_fields import read_mapping, write_mapping


@dataclass(frozen=True, slots=True)
class WakeUpRelaySettings:
    """Where the relay finds the mailboxes of all kinds."""

    mailboxes: Mapping[str, str]
    """Queue URL by name of the mailbox."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "WakeUpRelaySettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(mailboxes=read_mapping(environment, "MAILBOXES"))

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {"MAILBOXES": write_mapping(self.mailboxes)}
