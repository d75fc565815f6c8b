"""The outbox: what a committed turn still has to let out into the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.frames import Frame, FrameBody, from_body, to_body


@dataclass(frozen=True, slots=True)
class WakeUp:
    """An agent wants to be woken at ``due``, because a timer of it is."""

    to: ActorId
    due: datetime


@dataclass(frozen=True, slots=True)
class FleetEventRecord:
    """An event as JSON. Repeats of one event share their ``event_id``, ``kind/key/version/n``."""

    event_id: str
    type: str
    detail: str


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """The answer to a state machine's task token; ``output`` is JSON."""

    task_token: str
    output: str


@dataclass(frozen=True, slots=True)
class Outbox:
    """What leaves an agent after a commit, in the order of the fields: others are told before tasks complete."""

    frames: tuple[Frame, ...] = ()
    wake_ups: tuple[WakeUp, ...] = ()
    events: tuple[FleetEventRecord, ...] = ()
    answers: tuple[TaskAnswer, ...] = ()

    def followed_by(self, later: "Outbox") -> "Outbox":
        """Carry what perhaps never left in front of what leaves now."""
        return Outbox(
            self.frames + later.frames,
            self.wake_ups + later.wake_ups,
            self.events + later.events,
            self.answers + later.answers,
        )


class _StoredOutbox(msgspec.Struct, frozen=True, omit_defaults=True):
    frames: Sequence[FrameBody] = ()
    wake_ups: Sequence[datetime] = ()
    events: Sequence[FleetEventRecord] = ()
    answers: Sequence[TaskAnswer] = ()


def encode_outbox(outbox: Outbox) -> str:
    """Write an outbox as JSON."""
    frames = tuple(to_body(frame) for frame in outbox.frames)
    due = tuple(wake_up.due for wake_up in outbox.wake_ups)
    return msgspec.json.encode(_StoredOutbox(frames, due, outbox.events, outbox.answers)).decode()


def decode_outbox(text: str, owner: ActorId) -> Outbox:
    """Read the outbox of an agent."""
    stored = msgspec.json.decode(text, type=_StoredOutbox)
    return Outbox(
        frames=tuple(from_body(body) for body in stored.frames),
        wake_ups=tuple(WakeUp(owner, due) for due in stored.wake_ups),
        events=tuple(stored.events),
        answers=tuple(stored.answers),
    )
