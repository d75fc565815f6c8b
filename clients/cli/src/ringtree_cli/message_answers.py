"""What the operator API answers about messages to agents, promises and dead letters."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class MessageAccepted:
    """A message that is in the agent's mailbox."""

    agent: str
    type: str
    lane: str
    expires_at: datetime | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class CommandAccepted:
    """A command to the runtime of an agent."""

    agent: str
    command: str
    lane: str
    reason: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What an agent was asked; ``outcome`` is replied, rejected or timed_out, null while it is open."""

    promise_id: str
    agent: str
    message_type: str
    deadline: datetime
    status: str
    outcome: str | None = None
    type: str | None = None
    value: Any = None
    reason: str | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the outcome is known; it never changes then."""
        return self.outcome is not None


@dataclass(frozen=True, slots=True)
class LetterMessage:
    """One message of a letter."""

    type: str
    data: Any
    reply_to: str | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Names a content that was too large to travel with its message."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on a letter, by whom, why and when."""

    status: str
    by: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LetterSummary:
    """A message that an agent could not handle; ``address`` names it in commands."""

    address: str
    agent: str
    letter_id: str
    kind: str
    """parked, held or refused."""
    status: str
    """open, replayed or dropped."""
    reason: str
    parked_at: datetime
    lane: str
    attempts: int = 0
    message_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Some open letters; ``cursor`` asks for the next ones, null when there are no more."""

    letters: tuple[LetterSummary, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter with what it holds and what can be decided on it."""

    address: str
    agent: str
    letter_id: str
    kind: str
    status: str
    reason: str
    parked_at: datetime
    lane: str
    attempts: int = 0
    message_types: tuple[str, ...] = ()
    messages: tuple[LetterMessage, ...] | None = None
    text: str | None = None
    claim: Claim | None = None
    decision: Decision | None = None
    possible: tuple[str, ...] = ()
