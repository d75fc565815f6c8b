"""What the runtime needs from the world, and what the world may ask of agents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem
from lambdas.actors.answers import EncodedAnswer
from lambdas.actors.call_outs import Answer as CallAnswer
from lambdas.actors.circuits import Circuit
from lambdas.actors.claims import Claim
from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, Decision, LetterPage, SettledLetter
from lambdas.actors.frames import Frame
from lambdas.actors.journal import JournalEntry, JournalPage
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.outbox import (
    EvictedMark,
    ExternalCall,
    FleetEventRecord,
    PromiseOutcome,
    TaskAnswer,
    WakeUp,
)


class PortUnavailableError(Exception):
    """A service could not be reached or refused after the adapter's own retries; a later try may help."""


class CursorError(ValueError):
    """A cursor was not made by this directory; start from the first page instead."""


class CommitStatus(StrEnum):
    """What became of one agent's commit."""

    COMMITTED = "committed"
    FENCED = "fenced"
    """Another turn of the agent was committed meanwhile: load again and redo."""
    FAILED = "failed"
    """Nothing is known to be written; the records must come again."""


@dataclass(frozen=True, slots=True)
class CommitOutcome:
    """The status of a commit, and why it failed when it did."""

    status: CommitStatus
    reason: str = ""


class StateStore(Protocol):
    """Keeps one item per agent and changes it only from the version it was read at."""

    def load(self, agents: Sequence[ActorId]) -> Mapping[ActorId, AgentItem]:
        """Read the newest committed items; agents that never committed are absent.

        Raises PortUnavailableError when some item cannot be read.
        """

    def commit(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
        """Write each item on its own, if the stored version is still the one before it.

        A commit whose answer was lost and that is tried again by the same ``committed_by`` counts as committed.
        """


class MailboxSender(Protocol):
    """Puts frames into the mailboxes of the agents they are for."""

    def send(self, frames: Sequence[Frame]) -> Collection[int]:
        """Send all; answer the places of those that could not be sent.

        Frames of one sender and lane to one agent are sent in order: after one that could not be sent
        no later one of them is.
        """

    def send_at_most_once(self, frames: Sequence[Frame]) -> None:
        """Try once to send each; what is not taken is lost, which nobody is told but the log."""


class WakeUpScheduler(Protocol):
    """Sees to it that an agent gets an empty frame at a time; a hint, it may come late or twice."""

    def schedule(self, wake_ups: Sequence[WakeUp], now: datetime) -> Collection[int]:
        """Schedule all; answer the places of those that could not be scheduled."""


class EventPublisher(Protocol):
    """Puts events on the fleet's bus, at least once."""

    def publish(self, events: Sequence[FleetEventRecord]) -> Collection[int]:
        """Publish all; answer the places of those that could not be published."""


class TaskCompleter(Protocol):
    """Answers task tokens of state machines."""

    def complete(self, answers: Sequence[TaskAnswer]) -> Collection[int]:
        """Give all answers; answer the places of those that could not be given.

        A token that is gone counts as answered.
        """


class ExternalCaller(Protocol):
    """Takes messages for destinations outside and sees to it that they arrive, at least once each."""

    def hand_over(self, calls: Sequence[ExternalCall]) -> Collection[int]:
        """Take all; answer the places of those that could not be taken."""


class ClaimStore(Protocol):
    """Keeps what is too large to travel, by its digest, for longer than any message can wait."""

    def put(self, contents: Mapping[Claim, bytes]) -> None:
        """Keep contents; raises PortUnavailableError when any could not be kept. Keeping twice is keeping once."""

    def get(self, claims: Collection[Claim]) -> Mapping[Claim, bytes]:
        """Fetch contents as they are stored; those that are gone are absent.

        Raises PortUnavailableError when some cannot be read now.
        """


class MarkStore(Protocol):
    """Keeps marks for which agents' items have no room."""

    def read(self, names: Collection[tuple[ActorId, str]]) -> Mapping[tuple[ActorId, str], int]:
        """Read the sequences of marks by agent and name; those that are not kept are absent.

        Raises PortUnavailableError when some cannot be read.
        """

    def remember(self, marks: Sequence[EvictedMark]) -> Collection[int]:
        """Keep marks, of one name the highest sequence; answer the places of those that could not be kept."""


class LetterDecidedError(Exception):
    """A dead letter was decided on before; nothing was changed."""


class DeadLetterStore(Protocol):
    """Keeps messages that agents could not handle, and what operators decide on them."""

    def park(self, letters: Sequence[DeadLetter]) -> Collection[int]:
        """Keep letters; answer the places of those that could not be kept.

        One that is kept already stays as it is, also when it was decided on.
        """

    def held(self, agent: str, first: int, last: int) -> Sequence[DecidedLetter]:
        """Read the messages held for an agent from number ``first`` to ``last``, in order; gaps are left out."""

    def get(self, agent: str, letter_id: str) -> DecidedLetter | None:
        """Read one letter."""

    def list(self, agent: str | None, limit: int, cursor: str | None = None) -> LetterPage:
        """List open letters, of one agent in their order or of all, newest first; raises CursorError."""

    def decide(self, agent: str, letter_id: str, decision: Decision) -> None:
        """Note what was decided on an open letter; raises LetterDecidedError when it is not open any more.

        Of a held message only its agent can say what becomes of it (``settle``).
        """

    def settle(self, settled: Sequence[SettledLetter]) -> Collection[int]:
        """Note what became of held messages; answer the places of those that could not be noted.

        The first word on a letter stays: a further one, or one on a letter that is gone, counts as noted.
        """


class PromiseReusedError(ValueError):
    """A promise of that id was made for another question; nothing was changed."""


@dataclass(frozen=True, slots=True)
class PromiseRecord:
    """A promise as programs see it; ``answer`` is None while it is open."""

    promise_id: str
    agent: str
    message_type: str
    deadline: datetime
    answer: EncodedAnswer | None = None


class PromiseStore(Protocol):
    """Keeps promises: what a program asked an agent, and the one outcome."""

    def make(self, promise: PromiseRecord, digest: str) -> bool:
        """Make a promise; false when the same question made it before.

        Raises PromiseReusedError when another question has its id (``digest`` tells questions apart).
        """

    def keep(self, outcomes: Sequence[PromiseOutcome]) -> Collection[int]:
        """Give promises their outcomes; answer the places of those that could not be given.

        The first outcome stays: a further one, or one for a promise that is gone, counts as given.
        """

    def get(self, promise_id: str, now: datetime) -> PromiseRecord | None:
        """Read a promise; one that is open past its deadline is timed out by this, for ever."""


class RetryDelays(Protocol):
    """Says when messages that were not handled come again."""

    def postpone(self, delays: Sequence[tuple[MailboxRecord, timedelta]]) -> None:
        """Let messages come again after their delays. One for which that fails comes when its visibility ends."""


class Mailbox(Protocol):
    """How programs that are not agents tell agents something."""

    def tell(self, to: ActorId, message: Any, request_id: str) -> None:
        """Put a message into the agent's mailbox; the same ``request_id`` within five minutes is told once.

        Raises PortUnavailableError when the mailbox did not take it.
        """

    def tell_all(self, messages: Sequence[tuple[ActorId, Any]], request_id: str) -> None:
        """Tell many agents under one ``request_id``; raises PortUnavailableError when any was not told.

        Telling again with the same ``request_id`` and messages is safe: each is told once.
        """

    def post(self, frame: Frame, request_id: str) -> None:
        """Put a frame into its lane of its agent; the same ``request_id`` and content within five minutes is put once.

        Raises PortUnavailableError when the mailbox did not take it.
        """


class MailboxDepths(Protocol):
    """Says how much waits in mailboxes."""

    def depth(self, kind: str, lane: str) -> int:
        """Count the messages that wait in a lane of a kind or are being handled; a few seconds old, and not exact.

        Raises PortUnavailableError when that cannot be known now.
        """


@dataclass(frozen=True, slots=True)
class AgentSnapshot:
    """A committed agent as outsiders see it. ``state`` is JSON."""

    agent: ActorId
    version: int
    state: str
    listed: Mapping[str, str]
    status: str = "running"
    status_reason: str = ""
    """Why it is suspended or stopped, for people; empty while it runs."""
    incarnation: int = 0
    waiting: int = 0
    """Messages that are held for it."""


@dataclass(frozen=True, slots=True)
class AgentListing:
    """An agent as a list shows it: its address and the attributes its kind is listed by."""

    agent: ActorId
    listed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AgentPage:
    """Some agents of a kind, and where the next page begins, or None after the last."""

    agents: tuple[AgentListing, ...]
    cursor: str | None


class AgentDirectory(Protocol):
    """Reads agents without telling them anything."""

    def get(self, agent: ActorId) -> AgentSnapshot | None:
        """Read one agent as last committed, or None when it never was."""

    def get_many(self, agents: Sequence[ActorId]) -> Mapping[ActorId, AgentSnapshot]:
        """Read many agents as last committed; those that never were are absent."""

    def list(self, kind: str, limit: int, cursor: str | None = None) -> AgentPage:
        """List agents of a kind, each once, in a stable order; may lag behind commits by moments.

        Raises CursorError for a cursor that is not one of this directory's.
        """


class CircuitStates(Protocol):
    """Keeps the circuits of destinations where all processes see them. Both methods raise PortUnavailableError."""

    def read(self, destination: str) -> Circuit:
        """Read the newest circuit; one that was never written is closed and has version 0."""

    def change(self, destination: str, circuit: Circuit) -> bool:
        """Write a circuit if the version before it is the newest; false when another process was faster."""


class Destinations(Protocol):
    """Reaches destinations outside."""

    @property
    def names(self) -> Collection[str]:
        """Name the destinations that are known."""

    def post(self, calls: Sequence[ExternalCall]) -> Sequence[CallAnswer]:
        """Post all calls at once, each to a destination that is known; answer for each what came of it."""


class Journal(Protocol):
    """Keeps every committed version of agents for a while."""

    def append(self, entries: Sequence[JournalEntry]) -> Collection[int]:
        """Keep entries; answer the places of those that could not be kept. Keeping twice is keeping once."""

    def page(self, agent: ActorId, limit: int, cursor: str | None = None) -> JournalPage:
        """Read an agent's entries, newest first; those of agents that never committed are none.

        Raises CursorError for a cursor that is not one of this agent's journal.
        """

    def span(self, agent: ActorId, first: int, last: int) -> Sequence[JournalEntry]:
        """Read the versions ``first`` to ``last``, ascending; those that are not kept are absent."""

    def lead_up(self, agent: ActorId, version: int) -> Sequence[JournalEntry]:
        """Read the entries from which ``version`` is rebuilt, ascending, itself included.

        They begin with the latest before it whose state is stored as it was committed, or else with the first kept.
        """
