"""What puppets are told: a message carries the steps that they take, so a scenario is written where it is told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from lambdas.actors.lanes import Lane


class Op(StrEnum):
    """What a step does."""

    TELL = "tell"
    SHOUT = "shout"
    ASK = "ask"
    REPLY = "reply"
    REJECT = "reject"
    HOLD = "hold"
    KEEP = "keep"
    BREAK = "break"
    PUBLISH = "publish"
    CALL = "call"
    COMPLETE = "complete"
    REMIND = "remind"
    CANCEL = "cancel"
    ADOPT = "adopt"
    STOP = "stop"
    SWELL = "swell"
    EXIT = "exit"
    FAIL = "fail"
    FLAKY = "flaky"
    FAIL_UNLESS_NEW = "fail unless new"
    NO_TURN = "no turn"


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a puppet does."""

    op: Op
    to: str = ""
    steps: tuple["Step", ...] = ()
    """What the one who is told does in turn, or the puppet itself when it is reminded."""
    lane: Lane = Lane.NORMAL
    seconds: float = 0
    """Until it is due, or until it expires; 0 means never."""
    every_seconds: float = 0
    name: str = ""
    ballast: int = 0
    """Bytes that the message, or with SWELL the state, is longer."""


@dataclass(frozen=True, slots=True)
class Do:
    """Do some steps. ``due`` is set when a puppet has itself reminded."""

    uid: str
    steps: tuple[Step, ...] = ()
    due: datetime | None = None
    every_seconds: float = 0
    ballast: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message for which puppets have no reaction."""

    uid: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The value of a reply."""

    uid: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """Event: a puppet did something."""

    uid: str
