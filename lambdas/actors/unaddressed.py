"""Messages that no agent here can take: kept as dead letters at once, since no item could carry them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import ItemFormatError
from lambdas.actors.arrivals import arrival
from lambdas.actors.claims import Claim, claim_of
from lambdas.actors.dead_letters import DeadLetter, LetterKind, parked_letter_id, refused_letter_id
from lambdas.actors.frames import Frame
from lambdas.actors.letters import LETTER_INLINE_BYTES, reason_of
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.ports import ClaimStore, DeadLetterStore, PortUnavailableError


def set_aside(
    messages: Sequence[tuple[MailboxRecord, Exception]],
    letters: DeadLetterStore,
    claims: ClaimStore,
    lane: str,
    now: datetime,
) -> list[bool]:
    """Keep messages as letters; say of each whether it is kept and may be acknowledged.

    What is for an agent whose item cannot be read is parked, to be replayed once that was repaired; what is for no
    agent of this kind is refused.
    """
    if not messages:
        return []
    contents: dict[Claim, bytes] = {}
    made = [_letter(message, error, lane, now, contents) for message, error in messages]
    try:
        if contents:
            claims.put(contents)
        unkept = letters.park(made)
    except PortUnavailableError:
        return [False] * len(messages)
    return [place not in unkept for place in range(len(messages))]


def _letter(
    message: MailboxRecord, error: Exception, lane: str, now: datetime, contents: dict[Claim, bytes]
) -> DeadLetter:
    frame = arrival(message, ActorId.parse(message.agent)).frame if isinstance(error, ItemFormatError) else None
    content = message.body.encode() if frame is None else msgspec.json.encode(frame.messages)
    body, claim = _inline_or_claim(content, frame, contents)
    return DeadLetter(
        agent=message.agent,
        letter_id=_letter_id(message, lane, frame),
        kind=LetterKind.REFUSED if frame is None else LetterKind.PARKED,
        reason=reason_of(error),
        parked_at=now,
        lane=lane,
        attempts=message.receives,
        body=body,
        claim=claim,
        message_types=tuple(one.type for one in frame.messages) if frame else (),
    )


def _letter_id(message: MailboxRecord, lane: str, frame: Frame | None) -> str:
    if frame is None:
        return refused_letter_id(message.message_id)
    return parked_letter_id(lane, message.sequence_number, 0)


def _inline_or_claim(content: bytes, frame: Frame | None, contents: dict[Claim, bytes]) -> tuple[str, Claim | None]:
    if frame is not None and frame.claim is not None:
        return "", frame.claim
    if len(content) <= LETTER_INLINE_BYTES:
        return content.decode(), None
    claim = claim_of(content)
    contents[claim] = content
    return "", claim
