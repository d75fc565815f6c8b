"""Messages and states as JSON: a message is named by its class, a state by the kind of its agent."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from lambdas.actors.answers import Answer, EncodedAnswer, Outcome, Rejected, Replied, TimedOut
from lambdas.actors.behavior import Behavior, Continuation, UnknownMessageError
from lambdas.actors.system_messages import SYSTEM_NAMES, SYSTEM_TYPES

S = TypeVar("S")


class UnreadableValueError(ValueError):
    """What was to be written could not be read again (a NaN, a lone surrogate, a wrong type); nothing is written."""


class MessageFormatError(ValueError):
    """The data of a message does not fit its type; a retry cannot help."""


class StateFormatError(ValueError):
    """A stored state does not fit the state type of its kind; a retry helps only after new code is deployed."""


class UnknownContinuationError(LookupError):
    """A question names a continuation that the behavior does not list; only new code can help."""


class AmbiguousMessageError(TypeError):
    """Two message types of one behavior share their name; messages could not be told apart."""


class EncodedMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message as JSON, with the name of its class."""

    type: str
    data: msgspec.Raw
    reply_to: str = ""
    """Who waits for the answer (``ReplyTo`` as text); empty when nobody does."""
    expires: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    """From then on the message is dropped instead of handled."""


def encode_readable(value: Any) -> bytes:
    """Write a value as JSON and make sure that its own type reads it; raises UnreadableValueError otherwise."""
    return _checked(value, _decoder(value.__class__))


def decode_system_message(encoded: EncodedMessage) -> Any:
    """Read a message for the runtime itself; raises UnknownMessageError or MessageFormatError."""
    message_type = SYSTEM_TYPES.get(encoded.type)
    if message_type is None:
        raise UnknownMessageError(f"the runtime knows no message {encoded.type!r}; known: {', '.join(SYSTEM_TYPES)}")
    try:
        return _decoder(message_type).decode(encoded.data)
    except msgspec.MsgspecError as error:
        raise MessageFormatError(f"{encoded.type} does not fit: {error}") from error


def encode_message(message: Any) -> EncodedMessage:
    """Write a message under the name of its class; raises UnreadableValueError for what no agent could read."""
    name = SYSTEM_NAMES.get(type(message), type(message).__name__)
    return EncodedMessage(name, msgspec.Raw(_sendable(encode_readable(message))))


class BehaviorCodec(Generic[S]):
    """Reads and writes what one kind of agent is told and what it remembers."""

    def __init__(self, behavior: Behavior[S]) -> None:
        self._kind = behavior.kind
        self._messages = _by_name(behavior.kind, behavior.reactions)
        self._state: msgspec.json.Decoder[S] = msgspec.json.Decoder(behavior.state_type)
        self._schema = behavior.schema
        self._upcasts = behavior.upcasts
        self._continuations = {one.name: one for one in behavior.continuations}

    def decode_message(self, encoded: EncodedMessage) -> Any:
        """Read a message for the behavior; raises UnknownMessageError or MessageFormatError."""
        message_type = self._messages.get(encoded.type)
        if message_type is None:
            raise UnknownMessageError(f"agent kind {self._kind!r} has no reaction for {encoded.type!r}")
        try:
            return _decoder(message_type).decode(encoded.data)
        except msgspec.MsgspecError as error:
            raise MessageFormatError(f"{encoded.type} for agent kind {self._kind!r} does not fit: {error}") from error

    def encode_state(self, state: S) -> str:
        """Write a state; raises UnreadableValueError for one that could not be loaded again."""
        return _checked(state, self._state).decode()

    def decode_state(self, text: str, schema: int | None = None) -> S:
        """Read a state of this or an older schema; raises StateFormatError when it does not fit the state type."""
        try:
            if schema is None or schema == self._schema:
                return self._state.decode(text)
            return self._state.decode(msgspec.json.encode(self._upcast(msgspec.json.decode(text), schema)))
        except msgspec.MsgspecError as error:
            raise StateFormatError(f"state of an agent of kind {self._kind!r} does not fit: {error}") from error

    def continuation_of(self, then: Callable[..., Any]) -> Continuation[S]:
        """Look up what goes on with an answer; raises UnknownContinuationError."""
        name = getattr(then, "__name__", repr(then))
        found = self._continuations.get(name)
        if found is None or found.reaction is not then:
            raise UnknownContinuationError(
                f"agent kind {self._kind!r} has no continuation {name!r}; add it to its list"
            )
        return found

    def continuation_named(self, name: str) -> Continuation[S]:
        """Look up a continuation that an open question names; raises UnknownContinuationError."""
        if name not in self._continuations:
            raise UnknownContinuationError(
                f"agent kind {self._kind!r} has no continuation {name!r} any more; deploy it"
            )
        return self._continuations[name]

    def decode_answer(self, continuation: Continuation[S], encoded: EncodedAnswer) -> Answer:
        """Read an answer as its continuation takes it; raises MessageFormatError when it cannot."""
        match encoded.outcome:
            case Outcome.TIMED_OUT:
                return TimedOut()
            case Outcome.REJECTED:
                return Rejected(encoded.reason)
            case Outcome.REPLIED if not encoded.type:
                return Replied(None)
            case Outcome.REPLIED:
                return Replied(self._decode_reply(continuation, encoded))

    def _decode_reply(self, continuation: Continuation[S], encoded: EncodedAnswer) -> Any:
        for value_type in continuation.reads:
            if value_type.__name__ == encoded.type:
                try:
                    return _decoder(value_type).decode(encoded.value)
                except msgspec.MsgspecError as error:
                    raise MessageFormatError(f"answer {encoded.type} does not fit: {error}") from error
        raise MessageFormatError(f"continuation {continuation.name!r} does not read answers of type {encoded.type!r}")

    def _upcast(self, state: Any, schema: int) -> Any:
        for old in range(schema, self._schema):
            if old not in self._upcasts:
                raise StateFormatError(
                    f"state of kind {self._kind!r} has schema {old}, and no upcast leads from it to {old + 1}; add it"
                )
            try:
                state = self._upcasts[old](state)
            except Exception as error:
                raise StateFormatError(f"upcast of kind {self._kind!r} from schema {old} failed: {error!r}") from error
        return state


def _checked(value: Any, reader: msgspec.json.Decoder[Any]) -> bytes:
    try:
        text = msgspec.json.encode(value)
        reader.decode(text)
    except (TypeError, UnicodeError, msgspec.MsgspecError) as error:
        raise UnreadableValueError(f"{type(value).__name__} cannot be written as JSON: {error}") from error
    return text


def _sendable(text: bytes) -> bytes:
    """Escape the two characters that JSON takes as they are and SQS refuses; in JSON they stand in texts only."""
    return text.replace("\ufffe".encode(), rb"\ufffe").replace("\uffff".encode(), rb"\uffff")


def _by_name(kind: str, types: Iterable[type]) -> dict[str, type]:
    by_name: dict[str, type] = {}
    for message_type in types:
        name = message_type.__name__
        if name in by_name:
            raise AmbiguousMessageError(f"agent kind {kind!r} reacts to two messages named {name!r}; rename one")
        by_name[name] = message_type
    return by_name


@cache
def _decoder(value_type: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(value_type)
