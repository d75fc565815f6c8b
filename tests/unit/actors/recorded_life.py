"""An agent that counts, its turns, and the journal entries that they leave: what the runtime records, by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import Answer, Replied
from lambdas.actors.behavior import Behavior, Continuation
from lambdas.actors.codec import BehaviorCodec, EncodedMessage, encode_message
from lambdas.actors.journal import JournalEntry, digest_of, keeps_state
from lambdas.actors.turn import Turn
from lambdas.actors.turn_inputs import Answered, Begun, TimerDue, Told, ToldByClaim, TurnInput, TurnInputs

COUNTER = ActorId("counter", "c-1")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Count:
    by: int


@dataclass(frozen=True, slots=True)
class Note:
    text: str


@dataclass(frozen=True, slots=True)
class Total:
    value: int


@dataclass(frozen=True, slots=True)
class Counter:
    name: str
    total: int = 0
    counted_at: datetime | None = None
    notes: tuple[str, ...] = ()


def on_count(counter: Counter, count: Count, now: datetime) -> Turn[Counter]:
    return Turn(replace(counter, total=counter.total + count.by, counted_at=now))


def on_note(counter: Counter, note: Note, _now: datetime) -> Turn[Counter]:
    return Turn(replace(counter, notes=(*counter.notes, note.text)))


def on_total(counter: Counter, answer: Answer, _now: datetime) -> Turn[Counter]:
    match answer:
        case Replied(Total(value)):
            return Turn(replace(counter, total=value))
        case _:
            return Turn(replace(counter, notes=(*counter.notes, type(answer).__name__)))


BEHAVIOR = Behavior(
    kind="counter",
    state_type=Counter,
    initial_state=Counter,
    reactions={Count: on_count, Note: on_note},
    continuations=(Continuation(on_total, (Total,)),),
)


@dataclass
class RecordedLife:
    """Takes turns as the runtime does, and keeps what it would record of them."""

    behavior: Behavior[Counter] = BEHAVIOR
    state: str = ""
    schema: int = 1
    entries: list[JournalEntry] = field(default_factory=list)
    contents: dict[str, Sequence[EncodedMessage]] = field(default_factory=dict)

    def turn(self, *inputs: TurnInput, is_recorded: bool = True) -> JournalEntry:
        codec = BehaviorCodec(self.behavior)
        version = len(self.entries) + 1
        now = NOON + timedelta(minutes=version)
        state = codec.decode_state(self.state, self.schema) if self.state else Counter(COUNTER.key)
        for one in inputs:
            state = self._after(codec, state, one, now)
        found, self.state, self.schema = self.schema, codec.encode_state(state), self.behavior.schema
        upcast_from = found if found != self.schema else None
        turn = TurnInputs(now, "normal", inputs, upcast_from) if is_recorded else None
        self.entries.append(
            JournalEntry(
                COUNTER,
                version,
                now,
                f"run-{version}",
                self.schema,
                digest_of(self.state),
                len(self.state),
                turn,
                self.state if keeps_state(version, turn, self.state) else None,
            )
        )
        return self.entries[-1]

    def _after(self, codec: BehaviorCodec[Counter], state: Counter, made: TurnInput, now: datetime) -> Counter:
        match made:
            case Told(name, data) | TimerDue(_, name, data):
                return self.behavior.react(state, codec.decode_message(EncodedMessage(name, data)), now).state
            case Answered(name, answer):
                continuation = codec.continuation_named(name)
                return continuation.reaction(state, codec.decode_answer(continuation, answer), now).state
            case Begun():
                return Counter(COUNTER.key)
            case ToldByClaim():
                for message in self.contents[made.claim.sha256][made.first : made.first + made.count]:
                    state = self.behavior.react(state, codec.decode_message(message), now).state
                return state


def told(message: object) -> Told:
    encoded = encode_message(message)
    return Told(encoded.type, encoded.data)


def incompressible(length: int) -> str:
    """Text that no compression makes much shorter, the same each time."""
    digits, number = "", 0
    while len(digits) < length:
        digits += digest_of(str(number))
        number += 1
    return digits[:length]


def without_state(entry: JournalEntry) -> JournalEntry:
    return replace(entry, state=None)


def altered(entry: JournalEntry, **fields: object) -> JournalEntry:
    """The entry with another stored state, as if by hand; its digest stays."""
    state = msgspec.json.decode(entry.state or "")
    return replace(entry, state=msgspec.json.encode(state | fields).decode())
