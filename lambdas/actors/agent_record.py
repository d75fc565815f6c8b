"""Everything that is stored of one agent, in one record that is committed whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from lambdas.actors.actor_id import ActorId
from lambdas.actors.outbox import Outbox
from lambdas.actors.timers import Timer
from lambdas.actors.turn_inputs import TurnInputs


class AgentStatus(StrEnum):
    """Whether an agent handles its messages."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    """Messages are held in order until an operator resumes it."""
    RESUMING = "resuming"
    """Held messages are handled, in order; new ones are held behind them."""
    STOPPED = "stopped"
    """This incarnation has ended; messages are held until its supervisor starts the next."""


@dataclass(frozen=True, slots=True)
class InHand:
    """A mailbox message that a commit has touched without finishing it."""

    sequence: int
    done: int
    """How many messages of its frame are handled."""
    attempts: int = 0
    """How often the message after those has failed."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """How far one lane of the agent has come.

    ``handled`` is the sequence number of the last mailbox message handled, ``sent`` the number of frames ever
    sent, ``outbox`` what the last commit of the lane let out. It is not emptied after it left: the next
    fresh message proves that it did, unless an earlier commit has that message in hand.
    """

    queue: str = ""
    handled: int = 0
    sent: int = 0
    outbox: Outbox = field(default_factory=Outbox)
    in_hand: InHand | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest sequence handled of one sender's lane in one lane of ours, and the day that was."""

    sequence: int
    day: int
    """Days since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class PendingAsk:
    """A question that the agent has asked: what goes on with its answer, and until when one may come."""

    continuation: str
    deadline: datetime
    attempts: int = 0
    """How often its continuation has raised on being told that no answer came."""


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request that a program has made: a digest of its content, and until when it is remembered."""

    digest: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """How many messages were ever held for the agent, and how many of them it has handled since.

    Held messages are numbered from 1 without gaps. ``asked`` is the last number it has asked to get back.
    """

    held: int = 0
    replayed: int = 0
    asked: int = 0
    dropped: tuple[int, ...] = ()
    """Numbers still to come that an operator has dropped."""


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
    """By name, the longest unused first."""
    has_evicted_marks: bool = False
    """Marks or requests were evicted to the mark store: a name that is not here may be there."""
    requests: Mapping[str, KnownRequest] = field(default_factory=dict)
    timers: Mapping[str, Timer] = field(default_factory=dict)
    asks: Mapping[str, PendingAsk] = field(default_factory=dict)
    held_replies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who waits for an answer (``ReplyTo`` as text), by the name the agent gave."""
    incarnation: int = 0
    """Rises each time the agent begins anew."""
    supervisor: str = ""
    """Address of the agent that is told when this one ends; empty when none is."""
    status: AgentStatus = AgentStatus.RUNNING
    status_reason: str = ""
    holding: Holding = field(default_factory=Holding)
    hinted: datetime | None = None
    """The time of the wake-up on which the agent relies, while that is still to come."""
    committed_by: str = ""
    """Token of the invocation that committed this version."""
    listed: Mapping[str, str] = field(default_factory=dict)
    turn: TurnInputs | None = None
    """What this version was made of; None for kinds that are not journaled."""
