"""The outbox: what a committed turn still has to let out into the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import EncodedAnswer
from lambdas.actors.dead_letters import DeadLetter, SettledLetter
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
    """The answer to a state machine's task token: ``output`` as JSON, or the name of an error and its cause."""

    task_token: str
    output: str
    error: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class PromiseOutcome:
    """The one outcome of a promise that a program waits for; a later one changes nothing."""

    promise_id: str
    answer: EncodedAnswer


@dataclass(frozen=True, slots=True)
class ExternalCall:
    """A message for a destination outside; ``payload`` is JSON. Repeats share their key, ``kind/key/version/n``."""

    destination: str
    payload: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class EvictedMark:
    """A mark for which the item of ``agent`` has no room. It counts as long as a repeat of its frame may come."""

    agent: ActorId
    name: str
    sequence: int
    day: int
    """Days since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class LetterWindow:
    """Held messages that the agent wants to handle next: numbers ``first`` to ``last``.

    Of those in ``dropped`` it wants the numbers only; their letters may be gone.
    """

    agent: ActorId
    first: int
    last: int
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Outbox:
    """What leaves an agent after a commit, in the order of the fields: others are told before tasks complete."""

    evicted: tuple[EvictedMark, ...] = ()
    letters: tuple[DeadLetter, ...] = ()
    settled: tuple[SettledLetter, ...] = ()
    frames: tuple[Frame, ...] = ()
    wake_ups: tuple[WakeUp, ...] = ()
    events: tuple[FleetEventRecord, ...] = ()
    calls: tuple[ExternalCall, ...] = ()
    promises: tuple[PromiseOutcome, ...] = ()
    answers: tuple[TaskAnswer, ...] = ()
    replays: tuple[LetterWindow, ...] = ()

    def followed_by(self, later: "Outbox") -> "Outbox":
        """Carry what perhaps never left in front of what leaves now."""
        return Outbox(
            self.evicted + later.evicted,
            self.letters + later.letters,
            self.settled + later.settled,
            self.frames + later.frames,
            self.wake_ups + later.wake_ups,
            self.events + later.events,
            self.calls + later.calls,
            self.promises + later.promises,
            self.answers + later.answers,
            self.replays + later.replays,
        )


class StoredOutbox(msgspec.Struct, frozen=True, omit_defaults=True):
    """An outbox as JSON; its owner's address is written once, with the item."""

    evicted: Sequence[tuple[str, int, int]] = ()
    letters: Sequence[DeadLetter] = ()
    settled: Sequence[SettledLetter] = ()
    frames: Sequence[FrameBody] = ()
    wake_ups: Sequence[datetime] = ()
    events: Sequence[FleetEventRecord] = ()
    calls: Sequence[ExternalCall] = ()
    promises: Sequence[PromiseOutcome] = ()
    answers: Sequence[TaskAnswer] = ()
    replays: Sequence[tuple[int, int, tuple[int, ...]]] = ()


def to_stored(outbox: Outbox) -> StoredOutbox:
    """Lay an outbox out for JSON."""
    return StoredOutbox(
        evicted=tuple((mark.name, mark.sequence, mark.day) for mark in outbox.evicted),
        letters=outbox.letters,
        settled=outbox.settled,
        frames=tuple(to_body(frame) for frame in outbox.frames),
        wake_ups=tuple(wake_up.due for wake_up in outbox.wake_ups),
        events=outbox.events,
        calls=outbox.calls,
        promises=outbox.promises,
        answers=outbox.answers,
        replays=tuple((window.first, window.last, window.dropped) for window in outbox.replays),
    )


def from_stored(stored: StoredOutbox, owner: ActorId) -> Outbox:
    """Read the outbox of an agent from its JSON layout."""
    return Outbox(
        evicted=tuple(EvictedMark(owner, name, sequence, day) for name, sequence, day in stored.evicted),
        letters=tuple(stored.letters),
        settled=tuple(stored.settled),
        frames=tuple(from_body(body) for body in stored.frames),
        wake_ups=tuple(WakeUp(owner, due) for due in stored.wake_ups),
        events=tuple(stored.events),
        calls=tuple(stored.calls),
        promises=tuple(stored.promises),
        answers=tuple(stored.answers),
        replays=tuple(LetterWindow(owner, *window) for window in stored.replays),
    )


def encode_outbox(outbox: Outbox) -> str:
    """Write an outbox as JSON."""
    return msgspec.json.encode(to_stored(outbox)).decode()


def decode_outbox(text: str, owner: ActorId) -> Outbox:
    """Read the outbox of an agent."""
    return from_stored(msgspec.json.decode(text, type=StoredOutbox), owner)
