"""Frames: one mailbox message carries, in order, all that one turn tells one agent."""

import binascii
import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.claims import Claim
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.lanes import Lane

PACK_OVER_BYTES = 1024
"""Messages longer than this as JSON travel deflated when that is shorter."""

CLAIM_LIMIT_BYTES = 8 * 1024 * 1024
"""Bytes of the messages of one frame that travel by a claim; the receiver's function holds ten such frames at once."""

FRAME_LIMIT_BYTES = 200 * 1024
"""Bytes of a frame as JSON; ten frames share the 1 MiB of one send and 6 MB of one Lambda event."""


Route = tuple[ActorId, tuple[ActorId, str] | None]
"""The path on which frames must stay in order."""


class FrameTooLargeError(ValueError):
    """A turn tells one agent too much at once; a retry cannot help, the sender must say less."""


class FrameFormatError(ValueError):
    """A mailbox message is not a frame for this agent; a retry cannot help."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The agent that sent a frame, the lane it was running in, and its place in what that lane has sent."""

    agent: ActorId
    lane: str
    sequence: int

    @property
    def deduplication_id(self) -> str:
        """Names the frame to whoever drops repeats."""
        return f"{self.agent}|{self.lane}|{self.sequence}"


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """The idempotency key of a program that is not an agent: until ``expires`` the same key takes effect once."""

    key: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Frame:
    """Messages for one agent. Programs that are not agents send without ``sender``.

    A frame without messages only wakes the agent; ``due`` is then the time the wake-up was for.
    """

    to: ActorId
    messages: tuple[EncodedMessage, ...]
    sender: Sender | None = None
    due: datetime | None = None
    to_lane: str = Lane.NORMAL
    """The lane of the receiver it goes through; chosen by its queue, so not part of the message itself."""
    claim: Claim | None = None
    """Where the messages are, as a JSON array, when they are too large to travel; ``messages`` is then empty."""
    request: ClientRequest | None = None
    """Names what a program asks for, so that it can be asked again without taking effect twice."""
    replays: int | None = None
    """Number of the held message that this frame brings back to its agent."""


class FrameBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A frame as JSON. ``messages`` is always written, also when it is empty."""

    to: str
    messages: tuple[EncodedMessage, ...]
    sender: str | None = msgspec.field(default=None, name="from")
    lane: str | None = None
    seq: int | None = None
    due: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    to_lane: str = Lane.NORMAL
    """Stored with an outbox; a message on its way has its queue instead."""
    claim: Claim | None = None
    request: str | None = None
    request_expires: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    replays: int | None = None
    packed: str | None = None
    """The messages as a JSON array, deflated, in base64; ``messages`` is then empty."""


def to_body(frame: Frame) -> FrameBody:
    """Lay a frame out for JSON."""
    sender, request = frame.sender, frame.request
    return FrameBody(
        to=str(frame.to),
        messages=frame.messages,
        sender=str(sender.agent) if sender else None,
        lane=sender.lane if sender else None,
        seq=sender.sequence if sender else None,
        due=frame.due,
        to_lane=frame.to_lane,
        claim=frame.claim,
        request=request.key if request else None,
        request_expires=request.expires if request else None,
        replays=frame.replays,
    )


def from_body(body: FrameBody) -> Frame:
    """Read a frame from its JSON layout; raises FrameFormatError when it is named only in part who sent it."""
    return Frame(
        ActorId.parse(body.to),
        body.messages,
        _sender(body),
        body.due,
        to_lane=body.to_lane,
        claim=body.claim,
        request=_request(body),
        replays=body.replays,
    )


def _sender(body: FrameBody) -> Sender | None:
    if body.sender is None:
        return None
    if body.lane is None or body.seq is None:
        raise FrameFormatError(f"frame from {body.sender!r} must name its lane and its seq")
    return Sender(ActorId.parse(body.sender), body.lane, body.seq)


def _request(body: FrameBody) -> ClientRequest | None:
    if body.request is None:
        return None
    if body.request_expires is None:
        raise FrameFormatError(f"request {body.request!r} must say in request_expires until when it holds")
    return ClientRequest(body.request, body.request_expires)


def encode_frame(frame: Frame) -> str:
    """Write a frame as JSON; raises FrameTooLargeError above FRAME_LIMIT_BYTES."""
    text = _packed(to_body(frame))
    if len(text) > FRAME_LIMIT_BYTES:
        raise FrameTooLargeError(
            f"frame for {frame.to} has {len(text)} bytes, {FRAME_LIMIT_BYTES} are possible; say less in one turn"
        )
    return text.decode()


def _packed(body: FrameBody) -> bytes:
    """Write a frame's JSON, with long messages deflated if that helps."""
    text = msgspec.json.encode(body)
    if len(text) <= PACK_OVER_BYTES or not body.messages:
        return text
    packed = b64encode(zlib.compress(msgspec.json.encode(body.messages))).decode()
    shorter = msgspec.json.encode(msgspec.structs.replace(body, messages=(), packed=packed))
    return shorter if len(shorter) < len(text) else text


def _unpacked(body: FrameBody) -> FrameBody:
    """Undo what ``_packed`` did; raises ValueError or zlib.error when that is impossible."""
    if body.packed is None:
        return body
    unpacking = zlib.decompressobj()
    text = unpacking.decompress(b64decode(body.packed, validate=True), CLAIM_LIMIT_BYTES)
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise FrameFormatError(f"packed messages are cut off, or have more than {CLAIM_LIMIT_BYTES} bytes unpacked")
    return msgspec.structs.replace(body, messages=_MESSAGES_DECODER.decode(text), packed=None)


def decode_frame(body: str, to: ActorId) -> Frame:
    """Read the frame that was sent to an agent; raises FrameFormatError when it is none or for another agent."""
    try:
        frame = from_body(_unpacked(_FRAME_DECODER.decode(body)))
    except (msgspec.DecodeError, msgspec.ValidationError, ActorIdError, zlib.error, binascii.Error) as error:
        raise FrameFormatError(f"message in the mailbox of {to} is not a frame: {error}") from error
    if frame.to != to:
        raise FrameFormatError(f"frame for {frame.to} came through the mailbox of {to}")
    return frame


def in_waves(frames: Sequence[Frame]) -> list[list[int]]:
    """Split frames so that no two of one route are in the same wave; a wave is made of places in ``frames``.

    A batch that is sent in part may let a later frame overtake an earlier one, which the receiver would then
    take for a repeat and drop. Waves sent one after another keep the order.
    """
    waves: list[list[int]] = []
    next_wave: dict[Route, int] = {}
    for place, frame in enumerate(frames):
        wave = next_wave.get(route(frame), 0)
        next_wave[route(frame)] = wave + 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append(place)
    return waves


def route(frame: Frame) -> Route:
    """Name a frame's route: from one lane of one agent to another agent.

    The lane it is sent to makes no difference: a receiver without it is told in its normal one.
    """
    return frame.to, (frame.sender.agent, frame.sender.lane) if frame.sender else None


_FRAME_DECODER = msgspec.json.Decoder(FrameBody)
_MESSAGES_DECODER = msgspec.json.Decoder(tuple[EncodedMessage, ...])
