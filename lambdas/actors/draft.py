"""A draft: what a turn would commit if it ended here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Generic, TypeVar

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import (
    AgentRecord,
    AgentStatus,
    Holding,
    InHand,
    KnownRequest,
    LaneRecord,
    Mark,
    PendingAsk,
)
from lambdas.actors.behavior import Behavior
from lambdas.actors.claims import Claim
from lambdas.actors.codec import BehaviorCodec, EncodedMessage
from lambdas.actors.dead_letters import DeadLetter, SettledLetter
from lambdas.actors.frames import Frame
from lambdas.actors.marks import is_still_known
from lambdas.actors.outbox import EvictedMark, ExternalCall, FleetEventRecord, LetterWindow, PromiseOutcome, TaskAnswer
from lambdas.actors.reach import Reach
from lambdas.actors.timers import Timer, hint_still_out
from lambdas.actors.turn_inputs import TurnInput

S = TypeVar("S")


class NewerSchemaError(ValueError):
    """A state was written by newer code than this; a retry helps once that code runs again."""


@dataclass(frozen=True, slots=True)
class AgentKind(Generic[S]):
    """What a turn must know of the kind of its agent, and the lane it runs in."""

    behavior: Behavior[S]
    codec: BehaviorCodec[S]
    reach: Reach
    lane: str
    is_journaled: bool


@dataclass(frozen=True, slots=True)
class TurnContext(Generic[S]):
    """What does not change while one agent's turn runs."""

    kind: AgentKind[S]
    loaded: AgentRecord
    known_marks: Mapping[str, int]
    """Marks that the item has no room for, by name."""
    claimed: Mapping[str, bytes]
    """Contents of claims by digest; those that are gone are absent."""
    now: datetime
    token: str

    @property
    def lane_record(self) -> LaneRecord:
        """How far this lane had come."""
        return self.loaded.lanes.get(self.kind.lane, _NEW_LANE)


@dataclass(slots=True)
class Counts:
    """What a turn has come across, for the log and for conservation: nothing is lost without being counted."""

    applied: int = 0
    duplicates: int = 0
    """Mailbox messages that were handled before and came again."""
    repeats: int = 0
    """Frames, requests and replays that were sent again."""
    expired: int = 0
    rejected: int = 0
    parked: int = 0
    held: int = 0
    refused: int = 0
    late_answers: int = 0
    timers_fired: int = 0
    timeouts: int = 0


def total(counts: Sequence[Counts]) -> Counts:
    """Sum the counts of turns."""
    return Counts(*(sum(column) for column in zip(*map(_ALL_COUNTS, counts), strict=True)))


class Draft(Generic[S]):
    """State and effects as they grow while an agent handles the messages of one turn.

    A reaction's effects are prepared in full before any of them changes the draft, so what raises leaves no trace.
    """

    def __init__(self, context: TurnContext[S], queue: str) -> None:
        loaded, stands = context.loaded, context.lane_record
        self.context = context
        self.version = loaded.version + 1
        self.queue = queue
        self.handled = stands.handled if stands.queue in {"", queue} else 0
        self.in_hand: InHand | None = None
        self.timers: dict[str, Timer] = dict(loaded.timers)
        self.asks: dict[str, PendingAsk] = dict(loaded.asks)
        self.held_replies: dict[str, tuple[str, ...]] = dict(loaded.held_replies)
        self.marks: dict[str, Mark] = dict(loaded.marks)
        self.requests: dict[str, KnownRequest] = {
            key: known for key, known in loaded.requests.items() if is_still_known(known, context.now)
        }
        self.hinted = hint_still_out(loaded.hinted, context.now)
        self.incarnation = loaded.incarnation
        self.supervisor = loaded.supervisor
        self.status = loaded.status
        self.status_reason = loaded.status_reason
        self.holding: Holding = loaded.holding
        self.sends: dict[tuple[ActorId, str], list[EncodedMessage]] = {}
        self.loose: list[Frame] = []
        self.events: list[FleetEventRecord] = []
        self.calls: list[ExternalCall] = []
        self.promises: list[PromiseOutcome] = []
        self.task_answers: list[TaskAnswer] = []
        self.letters: list[DeadLetter] = []
        self.settled: list[SettledLetter] = []
        self.evicted: tuple[EvictedMark, ...] = ()
        self.replays: list[LetterWindow] = []
        self.claims: dict[Claim, bytes] = {}
        self.inputs: list[TurnInput] = []
        self.counts = Counts()
        self.asked = 0
        self._state: S
        self._has_state = False

    @property
    def is_running(self) -> bool:
        """Whether the agent handles what it is told."""
        return self.status is AgentStatus.RUNNING

    @property
    def has_read_state(self) -> bool:
        """Whether the state was needed so far; if not, it is stored again as it was."""
        return self._has_state

    @property
    def state(self) -> S:
        """The state, read when first needed; raises NewerSchemaError or StateFormatError."""
        if not self._has_state:
            self.state = self._read_state()
        return self._state

    @state.setter
    def state(self, state: S) -> None:
        self._state = state
        self._has_state = True

    def note_input(self, made: TurnInput) -> None:
        """Remember for the journal what this version is made of."""
        if self.context.kind.is_journaled:
            self.inputs.append(made)

    def begin_anew(self) -> None:
        """Start another incarnation: initial state, no timers, no open questions."""
        self.incarnation += 1
        self.state = self.context.kind.behavior.initial_state(self.context.loaded.agent.key)
        self.timers, self.asks = {}, {}

    def _read_state(self) -> S:
        loaded, kind = self.context.loaded, self.context.kind
        if loaded.schema > kind.behavior.schema:
            raise NewerSchemaError(
                f"state of {loaded.agent} has schema {loaded.schema}, known is {kind.behavior.schema};"
                " deploy newer code"
            )
        if loaded.state is None:
            return kind.behavior.initial_state(loaded.agent.key)
        return kind.codec.decode_state(loaded.state, loaded.schema)


_NEW_LANE = LaneRecord()
_ALL_COUNTS = attrgetter(*(one.name for one in fields(Counts)))
