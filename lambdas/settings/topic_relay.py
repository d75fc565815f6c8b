"""What the function topic_relay is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.settings.environment_fields import read_mapping, write_mapping


@dataclass(frozen=True, slots=True)
class TopicRelaySettings:
    """Where the relay finds the mailboxes of the kinds that have subscribed to something."""

    mailboxes: Mapping[str, str]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "TopicRelaySettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(mailboxes=read_mapping(environment, "MAILBOXES"))

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {"MAILBOXES": write_mapping(self.mailboxes)}
