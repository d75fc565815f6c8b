"""Mailbox messages as the runtime reads them: each is a frame, or says why it is none."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.claims import ClaimError, checked
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.frames import Frame, FrameFormatError, decode_frame
from lambdas.actors.mailbox_record import MailboxRecord


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mailbox message and the frame it carries; None with the error when it carries none."""

    message: MailboxRecord
    frame: Frame | None
    error: FrameFormatError | None = None


def arrival(message: MailboxRecord, agent: ActorId) -> Arrival:
    """Read a mailbox message of an agent."""
    try:
        return Arrival(message, decode_frame(message.body, agent))
    except FrameFormatError as error:
        return Arrival(message, None, error)


def messages_of(frame: Frame, claimed: Mapping[str, bytes]) -> tuple[EncodedMessage, ...]:
    """Give the messages of a frame; raises ClaimError when they travelled by a claim that is gone or altered."""
    if frame.claim is None:
        return frame.messages
    content = checked(frame.claim, claimed.get(frame.claim.sha256))
    try:
        return _MESSAGES.decode(content)
    except msgspec.MsgspecError as error:
        raise ClaimError(f"content {frame.claim.sha256} is not a list of messages: {error}") from error


_MESSAGES = msgspec.json.Decoder(tuple[EncodedMessage, ...])
