"""What the function wake_up_relay is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.settings.environment_fields import read_mapping, read_text, write_mapping


@dataclass(frozen=True, slots=True)
class WakeUpRelaySettings:
    """Where the relay finds the mailboxes of all kinds, and the queue it reads, for what is not due yet."""

    mailboxes: Mapping[str, str]
    wake_up_queue: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "WakeUpRelaySettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            mailboxes=read_mapping(environment, "MAILBOXES"), wake_up_queue=read_text(environment, "WAKE_UP_QUEUE")
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {"MAILBOXES": write_mapping(self.mailboxes), "WAKE_UP_QUEUE": self.wake_up_queue}
