"""Runs recorded turns again: the same inputs, at the time they had, on the state before them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar, assert_never

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.claims import Claim, ClaimError, checked
from lambdas.actors.codec import BehaviorCodec, EncodedMessage
from lambdas.actors.journal import JournalEntry, digest_of
from lambdas.actors.turn_inputs import Answered, Begun, TimerDue, Told, ToldByClaim, TurnInput

S = TypeVar("S")

NO_STATE = ""
"""What is stored of an agent that has not reacted to anything yet."""


class LostInputsError(Exception):
    """What a turn was told is not there any more; no later try can help."""


class ReplayRaisedError(Exception):
    """A recorded turn raised when it was run again, which it did not when it was committed."""


@dataclass(frozen=True, slots=True)
class StoredState:
    """A state as JSON, and the schema it is laid out in."""

    text: str
    schema: int


class TurnReplay(Generic[S]):
    """The turns of one agent, run again. ``claims`` holds what ``claims_named`` names."""

    def __init__(self, behavior: Behavior[S], agent: ActorId, claims: Mapping[Claim, bytes]) -> None:
        self._behavior = behavior
        self._codec = BehaviorCodec(behavior)
        self._agent = agent
        self._claims = claims

    def beginning(self) -> StoredState:
        """Give the state before version 1."""
        return StoredState(NO_STATE, self._behavior.schema)

    def turn(self, entry: JournalEntry, before: StoredState) -> StoredState:
        """Run one turn again; raises LostInputsError or ReplayRaisedError."""
        if entry.schema > self._behavior.schema:
            known = self._behavior.schema
            raise LostInputsError(
                f"version {entry.version} has schema {entry.schema}, {known} is known; deploy newer code"
            )
        if entry.turn is None:
            return _as_committed(entry)
        if not entry.turn.inputs and entry.digest == digest_of(before.text):
            return before
        try:
            state = self._read(before)
            for made in entry.turn.inputs:
                state = self._after(state, made, entry.turn.now)
            return StoredState(self._codec.encode_state(state), self._behavior.schema)
        except LostInputsError:
            raise
        except Exception as error:
            raise ReplayRaisedError(
                f"running version {entry.version} again raised {type(error).__name__}: {error}"
            ) from error

    def in_known_schema(self, stored: StoredState) -> StoredState:
        """Lay a state of an older schema out as the behavior does now; raises StateFormatError."""
        return StoredState(self._codec.encode_state(self._read(stored)), self._behavior.schema)

    def _read(self, stored: StoredState) -> S:
        if stored.text == NO_STATE:
            return self._behavior.initial_state(self._agent.key)
        return self._codec.decode_state(stored.text, stored.schema)

    def _after(self, state: S, made: TurnInput, now: datetime) -> S:
        match made:
            case Told(type_name, data) | TimerDue(_, type_name, data):
                return self._told(state, EncodedMessage(type_name, data), now)
            case Answered(name, answer):
                continuation = self._codec.continuation_named(name)
                return continuation.reaction(state, self._codec.decode_answer(continuation, answer), now).state
            case Begun():
                return self._behavior.initial_state(self._agent.key)
            case ToldByClaim():
                for message in self._claimed(made):
                    state = self._told(state, message, now)
                return state
            case _:
                assert_never(made)

    def _told(self, state: S, message: EncodedMessage, now: datetime) -> S:
        return self._behavior.react(state, self._codec.decode_message(message), now).state

    def _claimed(self, made: ToldByClaim) -> tuple[EncodedMessage, ...]:
        try:
            content = checked(made.claim, self._claims.get(made.claim))
        except ClaimError as error:
            raise LostInputsError(str(error)) from error
        return _MESSAGES.decode(content)[made.first : made.first + made.count]


def _as_committed(entry: JournalEntry) -> StoredState:
    """Take the stored state where inputs were too many to be recorded."""
    if entry.state is None:
        raise LostInputsError(f"what version {entry.version} was made of is gone or altered")
    return StoredState(entry.state, entry.schema)


_MESSAGES = msgspec.json.Decoder(tuple[EncodedMessage, ...])
