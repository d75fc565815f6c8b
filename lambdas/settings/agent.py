"""What the function of one kind of agent is told by its stack."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.settings.environment_fields import read_mapping, read_text, write_mapping


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Which agents the function runs, and where they find what they act on."""

    agent_kind: str
    agents_table: str
    runtime_records_table: str
    claims_bucket: str
    lanes: Mapping[str, str]
    """Lane by name of the queue that its messages come from."""
    mailboxes: Mapping[str, str]
    """Queue URL by name of the mailbox, of this kind and of those it sends to."""
    event_bus: str
    wake_up_queue: str
    call_out_queue: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "AgentSettings":
        """Read the settings; raises SettingError naming a variable that is missing or wrong."""
        return cls(
            agent_kind=read_text(environment, "AGENT_KIND"),
            agents_table=read_text(environment, "AGENTS_TABLE"),
            runtime_records_table=read_text(environment, "RUNTIME_RECORDS_TABLE"),
            claims_bucket=read_text(environment, "CLAIMS_BUCKET"),
            lanes={queue: lane for lane, queue in read_mapping(environment, "LANES").items()},
            mailboxes=read_mapping(environment, "MAILBOXES"),
            event_bus=read_text(environment, "EVENT_BUS"),
            wake_up_queue=read_text(environment, "WAKE_UP_QUEUE"),
            call_out_queue=read_text(environment, "CALL_OUT_QUEUE"),
        )

    def to_environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        return {
            "AGENT_KIND": self.agent_kind,
            "AGENTS_TABLE": self.agents_table,
            "RUNTIME_RECORDS_TABLE": self.runtime_records_table,
            "CLAIMS_BUCKET": self.claims_bucket,
            "LANES": write_mapping({lane: queue for queue, lane in self.lanes.items()}),
            "MAILBOXES": write_mapping(self.mailboxes),
            "EVENT_BUS": self.event_bus,
            "WAKE_UP_QUEUE": self.wake_up_queue,
            "CALL_OUT_QUEUE": self.call_out_queue,
        }
