"""The one outcome of a question: a reply, a rejection, or nothing in time."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec


class Outcome(StrEnum):
    """How a question ended."""

    REPLIED = "replied"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"


class EncodedAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer on its way. ``value`` is JSON, ``type`` the class it was written from; both empty unless replied."""

    outcome: Outcome
    type: str = ""
    value: msgspec.Raw = msgspec.Raw(b"null")
    reason: str = ""
    """Why it was rejected, for people."""


@dataclass(frozen=True, slots=True)
class Replied:
    """The question was answered. ``value`` is None when the agent only did what it was asked."""

    value: Any


@dataclass(frozen=True, slots=True)
class Rejected:
    """The agent refused, or could not handle the question; asking again without a change will not help."""

    reason: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No answer came in time. The question may still take effect; its answer is dropped."""


Answer = Replied | Rejected | TimedOut
