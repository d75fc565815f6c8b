"""Everything that is stored of one agent, in one record that is committed whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lambdas.actors.actor_id import ActorId
from lambdas.actors.outbox import Outbox
from lambdas.actors.timers import Timer


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """How far one lane of the agent has come.

    ``handled`` is the sequence number of the last mailbox message handled, ``sent`` the number of frames ever
    sent, ``outbox`` what the last commit of the lane let out. It is not emptied after it left: the next
    fresh message proves that it did.
    """

    queue: str = ""
    handled: int = 0
    sent: int = 0
    outbox: Outbox = field(default_factory=Outbox)


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest sequence handled of one sender's lane in one lane of ours, and the day that was."""

    sequence: int
    day: int
    """Days since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """One agent as committed at ``version``; 0 means that it was never told anything."""

    agent: ActorId
    version: int = 0
    schema: int = 1
    state: str | None = None
    """JSON; None before the first commit."""
    lanes: Mapping[str, LaneRecord] = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)
    timers: Mapping[str, Timer] = field(default_factory=dict)
    hinted: datetime | None = None
    """The time of the wake-up on which the agent relies, while that is still to come."""
    committed_by: str = ""
    """Token of the invocation that committed this version."""
    listed: Mapping[str, str] = field(default_factory=dict)
