"""Makes dead letters of what an agent does not handle: parked, held in order, or refused."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from lambdas.actors import answering
from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.answers import EncodedAnswer
from lambdas.actors.arrivals import Arrival
from lambdas.actors.claims import Claim, claim_of
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.dead_letters import (
    DeadLetter,
    LetterKind,
    held_letter_id,
    parked_letter_id,
    refused_letter_id,
)
from lambdas.actors.draft import Draft
from lambdas.actors.frames import Frame
from lambdas.actors.reach import OutOfReachError
from lambdas.actors.reply_to import ReplyToError

LETTER_INLINE_BYTES = 8 * 1024
"""A letter's messages above this wait as a claim, since letters pass through the agent's item."""

TIMER_LANE = "timer"
"""Stands in a letter for the lane, when no mailbox message failed but a reminder or a timeout."""


def reason_of(error: Exception) -> str:
    """Say what was raised, for people."""
    return f"{type(error).__name__}: {error}"[: answering.REASON_LIMIT]


@dataclass(frozen=True, slots=True)
class MessageInHand:
    """A message of a frame: where it came from, and how often it has failed."""

    arrival: Arrival
    frame: Frame
    place: int
    message: EncodedMessage
    attempts: int


def park(draft: Draft[Any], failed: MessageInHand, reason: str) -> None:
    """Set one message of a frame aside; who waits for its answer is told so."""
    sequence = failed.arrival.message.sequence_number
    letter_id = parked_letter_id(draft.context.kind.lane, sequence, failed.place)
    _write(draft, _Why(letter_id, LetterKind.PARKED, reason, failed.attempts), failed.message)
    draft.counts.parked += 1
    refuse_asker(draft, failed.message.reply_to, f"parked: {reason}")


def park_claim(draft: Draft[Any], arrival: Arrival, claim: Claim | None, reason: str) -> None:
    """Set a frame aside, or what is left of it, whose messages are gone."""
    in_hand, sequence = draft.context.lane_record.in_hand, arrival.message.sequence_number
    handled = in_hand.done if in_hand is not None and in_hand.sequence == sequence else 0
    letter_id = parked_letter_id(draft.context.kind.lane, sequence, handled)
    letter = _letter(draft, _Why(letter_id, LetterKind.PARKED, reason), "", claim)
    draft.letters.append(replace(letter, already_handled=handled))
    draft.counts.parked += 1


def park_due(draft: Draft[Any], message: EncodedMessage, attempts: int, reason: str) -> None:
    """Set a reminder or a timeout aside that failed."""
    letter_id = parked_letter_id(TIMER_LANE, draft.version, len(draft.letters))
    _write(draft, _Why(letter_id, LetterKind.PARKED, reason, attempts), message)
    draft.counts.parked += 1


def hold(draft: Draft[Any], message: EncodedMessage) -> None:
    """Keep a message in order until the agent goes on."""
    holding = draft.holding
    number = holding.held + 1
    reason = f"the agent is {draft.status}: {draft.status_reason}"
    _write(draft, _Why(held_letter_id(number), LetterKind.HELD, reason), message)
    draft.holding = replace(holding, held=number)
    draft.counts.held += 1


def refuse(draft: Draft[Any], arrival: Arrival, error: Exception) -> None:
    """Set a mailbox message aside that cannot be handled by any code."""
    body, claim = _inline_or_claim(draft, arrival.message.body.encode())
    letter_id = refused_letter_id(arrival.message.message_id)
    draft.letters.append(_letter(draft, _Why(letter_id, LetterKind.REFUSED, reason_of(error)), body, claim))
    draft.counts.refused += 1


def refuse_asker(draft: Draft[Any], reply_to: str, reason: str) -> None:
    """Tell who waits that its question was not handled, if it says in a known way who that is."""
    _tell_asker(draft, reply_to, answering.rejected(reason))


def expire_asker(draft: Draft[Any], reply_to: str) -> None:
    """Tell who waits that its question came too late to be handled."""
    _tell_asker(draft, reply_to, answering.TIMED_OUT)


def _tell_asker(draft: Draft[Any], reply_to: str, answer: EncodedAnswer) -> None:
    if not reply_to:
        return
    try:
        answering.give(draft, answering.prepare(draft, reply_to, answer))
    except (ReplyToError, OutOfReachError):
        # The letter shows whom it names; there is nobody who could be told.
        return


def suspend(draft: Draft[Any], reason: str) -> None:
    """Hold all further messages until the agent is resumed."""
    draft.status, draft.status_reason = AgentStatus.SUSPENDED, reason[: answering.REASON_LIMIT]


@dataclass(frozen=True, slots=True)
class _Why:
    """What names a letter and says why it is one."""

    letter_id: str
    kind: LetterKind
    reason: str
    attempts: int = 0


def _write(draft: Draft[Any], why: _Why, message: EncodedMessage) -> None:
    body, claim = _inline_or_claim(draft, msgspec.json.encode([message]))
    draft.letters.append(_letter(draft, why, body, claim, (message.type,)))


def _inline_or_claim(draft: Draft[Any], content: bytes) -> tuple[str, Claim | None]:
    if len(content) <= LETTER_INLINE_BYTES:
        return content.decode(), None
    claim = claim_of(content)
    draft.claims[claim] = content
    return "", claim


def _letter(draft: Draft[Any], why: _Why, body: str, claim: Claim | None, types: tuple[str, ...] = ()) -> DeadLetter:
    return DeadLetter(
        agent=str(draft.context.loaded.agent),
        letter_id=why.letter_id,
        kind=why.kind,
        reason=why.reason,
        parked_at=draft.context.now,
        lane=draft.context.kind.lane,
        attempts=why.attempts,
        body=body,
        claim=claim,
        message_types=types,
    )
