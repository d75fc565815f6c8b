"""Messages that no agent here can take: kept as dead letters at once, since no item could carry them."""

from collections.abc import Sequence
from datetime import datetime

from lambdas.actors.claims import claim_of
from lambdas.actors.dead_letters import DeadLetter, LetterKind, refused_letter_id
from lambdas.actors.letters import LETTER_INLINE_BYTES, reason_of
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.ports import ClaimStore, DeadLetterStore, PortUnavailableError


def refuse_unaddressed(
    messages: Sequence[tuple[MailboxRecord, Exception]],
    letters: DeadLetterStore,
    claims: ClaimStore,
    lane: str,
    now: datetime,
) -> list[bool]:
    """Keep messages as refused letters; say of each whether it is kept and may be acknowledged."""
    if not messages:
        return []
    contents = [message.body.encode() for message, _ in messages]
    large = {claim_of(content): content for content in contents if len(content) > LETTER_INLINE_BYTES}
    made = [_letter(message, error, lane, now) for message, error in messages]
    try:
        if large:
            claims.put(large)
        unkept = letters.park(made)
    except PortUnavailableError:
        return [False] * len(messages)
    return [place not in unkept for place in range(len(messages))]


def _letter(message: MailboxRecord, error: Exception, lane: str, now: datetime) -> DeadLetter:
    content = message.body.encode()
    is_inline = len(content) <= LETTER_INLINE_BYTES
    return DeadLetter(
        agent=message.agent,
        letter_id=refused_letter_id(message.message_id),
        kind=LetterKind.REFUSED,
        reason=reason_of(error),
        parked_at=now,
        lane=lane,
        attempts=message.receives,
        body=message.body if is_inline else "",
        claim=None if is_inline else claim_of(content),
    )
