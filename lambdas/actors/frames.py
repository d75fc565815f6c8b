"""Frames: one mailbox message carries, in order, all that one turn tells one agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.codec import EncodedMessage

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
class Frame:
    """Messages for one agent. Programs that are not agents send without ``sender``.

    A frame without messages only wakes the agent; ``due`` is then the time the wake-up was for.
    """

    to: ActorId
    messages: tuple[EncodedMessage, ...]
    sender: Sender | None = None
    due: datetime | None = None


class FrameBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A frame as JSON. ``messages`` is always written, also when it is empty."""

    to: str
    messages: tuple[EncodedMessage, ...]
    sender: str | None = msgspec.field(default=None, name="from")
    lane: str | None = None
    seq: int | None = None
    due: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


def to_body(frame: Frame) -> FrameBody:
    """Lay a frame out for JSON."""
    sender = frame.sender
    if sender is None:
        return FrameBody(to=str(frame.to), messages=frame.messages, due=frame.due)
    return FrameBody(str(frame.to), frame.messages, str(sender.agent), sender.lane, sender.sequence, frame.due)


def from_body(body: FrameBody) -> Frame:
    """Read a frame from its JSON layout; raises FrameFormatError when its sender is named only in part."""
    to = ActorId.parse(body.to)
    if body.sender is None:
        return Frame(to, body.messages, due=body.due)
    if body.lane is None or body.seq is None:
        raise FrameFormatError(f"frame from {body.sender!r} must name its lane and its seq")
    return Frame(to, body.messages, Sender(ActorId.parse(body.sender), body.lane, body.seq), body.due)


def encode_frame(frame: Frame) -> str:
    """Write a frame as JSON; raises FrameTooLargeError above FRAME_LIMIT_BYTES."""
    text = msgspec.json.encode(to_body(frame))
    if len(text) > FRAME_LIMIT_BYTES:
        raise FrameTooLargeError(
            f"frame for {frame.to} has {len(text)} bytes, {FRAME_LIMIT_BYTES} are possible; say less in one turn"
        )
    return text.decode()


def decode_frame(body: str, to: ActorId) -> Frame:
    """Read the frame that was sent to an agent; raises FrameFormatError when it is none or for another agent."""
    try:
        frame = from_body(_FRAME_DECODER.decode(body))
    except (msgspec.DecodeError, msgspec.ValidationError, ActorIdError) as error:
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
    """Name a frame's route: from one lane of one agent to another agent."""
    return frame.to, (frame.sender.agent, frame.sender.lane) if frame.sender else None


_FRAME_DECODER = msgspec.json.Decoder(FrameBody)
