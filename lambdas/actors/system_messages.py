"""What the runtime itself is told, in the mailbox of the agent it concerns. Behaviors never see these."""

from dataclasses import dataclass

from lambdas.actors.answers import EncodedAnswer

SYSTEM_PREFIX = "$"
"""Begins the names of system messages, which no class name can."""


@dataclass(frozen=True, slots=True)
class AnswerArrived:
    """The answer to something the agent asked. One whose question is no longer open is dropped."""

    ask_id: str
    answer: EncodedAnswer


@dataclass(frozen=True, slots=True)
class Suspend:
    """Hold all further messages, in order, until the agent is resumed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Handle the messages that were held, in order, then go on."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reset:
    """Begin a new incarnation: initial state, no timers, no open questions."""

    reason: str


@dataclass(frozen=True, slots=True)
class StartChild:
    """Begin incarnation ``incarnation`` under ``supervisor``, or the next one of an agent that is past that number."""

    supervisor: str
    incarnation: int


@dataclass(frozen=True, slots=True)
class StopChild:
    """End incarnation ``incarnation`` and say so to the supervisor; messages are held until the next start."""

    supervisor: str
    incarnation: int


@dataclass(frozen=True, slots=True)
class DropHeld:
    """Leave out the held message of that number; one that was handled already is past dropping."""

    number: int
    by: str
    because: str


SystemMessage = AnswerArrived | Suspend | Resume | Reset | DropHeld | StartChild | StopChild

SYSTEM_TYPES: dict[str, type] = {
    "$answer": AnswerArrived,
    "$suspend": Suspend,
    "$resume": Resume,
    "$reset": Reset,
    "$drop": DropHeld,
    "$start": StartChild,
    "$stop": StopChild,
}
SYSTEM_NAMES: dict[type, str] = {message_type: name for name, message_type in SYSTEM_TYPES.items()}
