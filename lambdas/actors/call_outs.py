"""Call-outs: what becomes of a message for a destination outside after each try."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.actors.dead_letters import DeadLetter, LetterKind
from lambdas.actors.outbox import ExternalCall

GIVE_UP_AFTER = timedelta(hours=24)
"""How long a call is tried."""

LONGEST_WAIT = timedelta(hours=11)
"""The longest wait between two tries, whatever the destination asks for: SQS hides a message for 12 hours at most."""

RETRIED_STATUSES = frozenset({408, 425, 429})
"""Answers of the 4xx kind that mean "later": Request Timeout, Too Early (RFC 8470), Too Many Requests (RFC 6585)."""

CALL_OUT = "call_out"
_OWNER = f"{CALL_OUT}/"
LETTER_LANE = "call_outs"


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call as it came out of the queue."""

    message_id: str
    call: ExternalCall
    sent_at: datetime
    """When it was handed over; the 24 hours begin then."""
    receives: int
    """How often it came out of the queue, this time included."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The destination answered with an HTTP status."""

    status: int
    retry_after: timedelta | None = None
    """How long it asked to be left alone."""
    said: str = ""
    """The beginning of its answer, for people."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """The destination did not answer, or what it said was no HTTP."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The call did not leave, for a reason that is ours; it says nothing of the destination."""

    reason: str


Answer = Answered | Unreached | NotSent


@dataclass(frozen=True, slots=True)
class Done:
    """The destination took it."""


@dataclass(frozen=True, slots=True)
class Again:
    """A later try may help."""

    reason: str
    not_before: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Refused:
    """The destination will never take it."""

    reason: str


Verdict = Done | Again | Refused


def verdict(answer: Answer) -> Verdict:
    """Say what an answer means for the call."""
    match answer:
        case Unreached(reason) | NotSent(reason):
            return Again(reason)
        case Answered(status) if 200 <= status < 300:
            return Done()
        case Answered(status, retry_after, said) if status in RETRIED_STATUSES or status >= 500:
            return Again(_reason(status, said), retry_after or timedelta(0))
        case Answered(status) if 300 <= status < 400:
            return Refused(f"answered {status}: redirects are not followed, correct the address of the destination")
        case Answered(status, _, said):
            return Refused(_reason(status, said))


def is_failure(answer: Answer) -> bool:
    """Tell whether an answer counts against the destination: one that refuses is well, one that is busy is not."""
    return not isinstance(answer, NotSent) and isinstance(verdict(answer), Again)


def wait_before(again: timedelta, waiting: WaitingCall, now: datetime) -> timedelta:
    """Cut a wait to what a queue can hold back and to the last moment at which the call may be tried."""
    left = waiting.sent_at + GIVE_UP_AFTER - now
    return max(min(again, left, LONGEST_WAIT), timedelta(seconds=1))


def is_out_of_time(waiting: WaitingCall, now: datetime) -> bool:
    """Tell whether the try that has just ended was the last one."""
    return now - waiting.sent_at >= GIVE_UP_AFTER


def letter_of(waiting: WaitingCall, kind: LetterKind, reason: str, now: datetime) -> DeadLetter:
    """Make the letter of a call that is given up.

    It is named after the call and the message that brought it: one that is replayed and fails again is another letter.
    """
    return DeadLetter(
        agent=f"{CALL_OUT}/{waiting.call.destination}",
        letter_id=f"{kind}/{waiting.call.idempotency_key}/{waiting.message_id}",
        kind=kind,
        reason=reason,
        parked_at=now,
        lane=LETTER_LANE,
        attempts=waiting.receives,
        body=waiting.call.payload,
        message_types=(CALL_OUT,),
    )


UNREADABLE_LIMIT = 50_000
"""Characters that are kept of what is no call: a record holds 400 KB, and a character has up to four bytes."""


def unreadable_letter(message_id: str, body: str, reason: str, now: datetime) -> DeadLetter:
    """Make the letter of a message of the queue that is no call."""
    return DeadLetter(
        agent=f"{CALL_OUT}/unreadable",
        letter_id=f"{LetterKind.REFUSED}/{message_id}",
        kind=LetterKind.REFUSED,
        reason=reason,
        parked_at=now,
        lane=LETTER_LANE,
        body=body[:UNREADABLE_LIMIT],
    )


def call_of(letter: DeadLetter) -> ExternalCall:
    """Give the call back that became a letter, under the same key; raises ValueError when it is the letter of none."""
    if not is_call(letter):
        raise ValueError(f"letter {letter.letter_id!r} of {letter.agent!r} is not that of a call to the outside")
    _, _, named = letter.letter_id.partition("/")
    return ExternalCall(letter.agent.removeprefix(_OWNER), letter.body, named.rpartition("/")[0])


def is_call(letter: DeadLetter) -> bool:
    """Tell whether a letter is that of a call to the outside."""
    return letter.agent.startswith(_OWNER) and CALL_OUT in letter.message_types


def _reason(status: int, said: str) -> str:
    return f"answered {status}: {said}" if said else f"answered {status}"
