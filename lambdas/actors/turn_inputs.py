"""What one version of an agent was made of: the inputs of its turn, in the order they took effect.

Stored with the agent's item and copied into the journal, so that the reactions can be run again over them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from lambdas.actors.answers import EncodedAnswer
from lambdas.actors.claims import Claim
from lambdas.actors.codec import EncodedMessage

TURN_INPUTS_LIMIT_BYTES = 32 * 1024
"""Bytes of a turn's inputs as JSON; each KB in the item costs a write unit a turn.

A turn that was told more is recorded without them, and the journal keeps its state instead.
"""


class Told(msgspec.Struct, frozen=True, tag="told", tag_field="way"):
    """A message of the mailbox that was applied or rejected; to whom its answer goes is not part of the state."""

    type: str
    data: msgspec.Raw


class TimerDue(msgspec.Struct, frozen=True, tag="timer", tag_field="way"):
    """A reminder whose time had come."""

    name: str
    type: str
    data: msgspec.Raw


class Answered(msgspec.Struct, frozen=True, tag="answer", tag_field="way"):
    """The outcome of a question, also that none came in time, given to the continuation of that name."""

    continuation: str
    answer: EncodedAnswer


class Begun(msgspec.Struct, frozen=True, tag="begun", tag_field="way"):
    """A new incarnation: from here on the state is the initial one."""

    incarnation: int


class ToldByClaim(msgspec.Struct, frozen=True, tag="claim", tag_field="way"):
    """``count`` messages of a frame that travelled as a claim, from place ``first`` (0 is the frame's first)."""

    claim: Claim
    first: int
    count: int
    types: Mapping[str, int]
    """How many messages of each type these are, so that a list need not fetch the claim."""


TurnInput = Told | TimerDue | Answered | Begun | ToldByClaim


class TurnInputs(msgspec.Struct, frozen=True, omit_defaults=True):
    """The inputs of one turn and the time it was told; what was parked, held, expired or dropped is none of them."""

    now: Annotated[datetime, msgspec.Meta(tz=True)]
    lane: str
    inputs: tuple[TurnInput, ...] = ()
    upcast_from: int | None = None
    """Schema of the state that the turn found, when it was an older one than that it left."""


def told(message: EncodedMessage) -> Told:
    """Record a message that travelled in its frame."""
    return Told(message.type, message.data)


def timer_due(name: str, message: EncodedMessage) -> TimerDue:
    """Record a reminder."""
    return TimerDue(name, message.type, message.data)


def told_by_claim(claim: Claim, first: int, messages: Sequence[EncodedMessage]) -> ToldByClaim:
    """Record neighbouring messages of a claim; they themselves stay there."""
    return ToldByClaim(claim, first, len(messages), dict(Counter(message.type for message in messages)))


def recordable(turn: TurnInputs) -> TurnInputs | None:
    """Give the inputs when they are small enough to be stored with the agent, otherwise None."""
    return turn if len(msgspec.json.encode(turn)) <= TURN_INPUTS_LIMIT_BYTES else None
