"""Dead letters: messages that an agent could not handle, kept where an operator sees them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lambdas.actors.claims import Claim


class LetterKind(StrEnum):
    """Why a message became a letter."""

    PARKED = "parked"
    """It failed again and again; the agent's other messages went on."""
    HELD = "held"
    """The agent was suspended or stopped; it is handled in order when the agent goes on."""
    REFUSED = "refused"
    """It could not be read, or was for no agent; trying again cannot help."""


class LetterStatus(StrEnum):
    """What became of a letter that is not open any more."""

    REPLAYED = "replayed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was not handled. Writing it twice is writing it once; one that was decided on stays decided."""

    agent: str
    """The address the message came for, as text: of a refused one it may be no address."""
    letter_id: str
    """Names the letter among those of the agent; sorts in the order in which they are to be handled."""
    kind: LetterKind
    reason: str
    """For people: what was raised, or why the agent takes no messages."""
    parked_at: datetime
    lane: str
    attempts: int = 0
    body: str = ""
    """The messages as a JSON array, only those not handled; of a refused one the text as it came.

    Empty when it is kept as a claim.
    """
    claim: Claim | None = None
    message_types: tuple[str, ...] = ()
    already_handled: int = 0
    """How many messages of the claim, from its first on, were handled before the rest became the letter."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a letter, who decided so, why and when."""

    status: LetterStatus
    by: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DecidedLetter:
    """A letter with what was decided on it; None while it is open."""

    letter: DeadLetter
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class SettledLetter:
    """What became of a held message: only its agent knows whether it was handled before it could be dropped."""

    agent: str
    number: int
    decision: Decision


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Some letters, and where the next page begins, or None after the last."""

    letters: tuple[DecidedLetter, ...]
    cursor: str | None


HELD_PREFIX = "held/"


def held_letter_id(number: int) -> str:
    """Name the n-th message held for an agent; numbers begin at 1 and have no gaps."""
    return f"{HELD_PREFIX}{number:012}"


def parked_letter_id(lane: str, sequence_number: int, place: int) -> str:
    """Name a parked message by its place in the mailbox and in its frame."""
    return f"parked/{lane}/{sequence_number:039}/{place:06}"


def refused_letter_id(message_id: str) -> str:
    """Name a message that no agent could take."""
    return f"refused/{message_id}"


def held_number(letter_id: str) -> int:
    """Read the number of a held message from its letter's id."""
    return int(letter_id.removeprefix(HELD_PREFIX))
