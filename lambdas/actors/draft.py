"""A draft: what a turn would commit if it ended here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, assert_never

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import LaneRecord, Mark
from lambdas.actors.codec import EncodedMessage, encode_message, encode_readable
from lambdas.actors.effects import CancelReminder, CompleteTask, Effect, Publish, Remind, Send
from lambdas.actors.frames import FRAME_LIMIT_BYTES, Frame, FrameTooLargeError, Sender, encode_frame
from lambdas.actors.outbox import FleetEventRecord, Outbox, TaskAnswer, WakeUp
from lambdas.actors.timers import Timer, next_hint
from lambdas.actors.turn import Turn

S = TypeVar("S")


class NaiveTimeError(ValueError):
    """A reminder is due at a time without time zone; nobody could say when that is."""


@dataclass(frozen=True, slots=True)
class Draft(Generic[S]):
    """State and effects as they grow while an agent handles the messages of one turn."""

    agent: ActorId
    version: int
    """The version this draft becomes when it is committed."""
    state: S
    timers: Mapping[str, Timer]
    marks: Mapping[str, Mark]
    hinted: datetime | None
    queue: str
    handled: int
    sends: Mapping[ActorId, tuple[EncodedMessage, ...]] = field(default_factory=dict)
    events: tuple[FleetEventRecord, ...] = ()
    answers: tuple[TaskAnswer, ...] = ()


def after_turn(draft: Draft[S], turn: Turn[S], check: Callable[[Effect], None]) -> Draft[S]:
    """Take the outcome of one reaction into the draft."""
    draft = replace(draft, state=turn.state)
    for effect in turn.effects:
        check(effect)
        draft = _with_effect(draft, effect)
    return draft


def close(draft: Draft[S], lane: str, sent: int, carried: Outbox) -> tuple[LaneRecord, datetime | None]:
    """Make the lane's record and the hint the agent relies on; raises FrameTooLargeError.

    ``sent`` counts the frames the lane has ever sent, ``carried`` is what perhaps never left.
    """
    frames = tuple(
        Frame(to, messages, Sender(draft.agent, lane, sent + place))
        for place, (to, messages) in enumerate(draft.sends.items(), start=1)
    )
    for frame in frames:
        encode_frame(frame)

    hint = next_hint(draft.timers, draft.hinted)
    wake_ups = (WakeUp(draft.agent, hint),) if hint else ()
    outbox = carried.followed_by(Outbox(frames=frames, wake_ups=wake_ups, events=draft.events, answers=draft.answers))
    return LaneRecord(draft.queue, draft.handled, sent + len(frames), outbox), hint or draft.hinted


def _with_effect(draft: Draft[S], effect: Effect) -> Draft[S]:
    match effect:
        case Send(to, message):
            told = (*draft.sends.get(to, ()), encode_message(message))
            return replace(draft, sends={**draft.sends, to: told})
        case Publish(event):
            return replace(draft, events=(*draft.events, _event_record(draft, event)))
        case Remind(name, due, message):
            timer = Timer(_aware(name, due), draft.version, encode_message(message))
            return replace(draft, timers={**draft.timers, name: timer})
        case CancelReminder(name):
            return replace(draft, timers={other: timer for other, timer in draft.timers.items() if other != name})
        case CompleteTask(task_token, output):
            return replace(draft, answers=(*draft.answers, _task_answer(task_token, output)))
        case _:
            assert_never(effect)


def _event_record(draft: Draft[Any], event: Any) -> FleetEventRecord:
    event_id = f"{draft.agent}/{draft.version}/{len(draft.events) + 1}"
    detail = msgspec.json.decode(encode_readable(event), type=dict[str, msgspec.Raw])
    detail["event_id"] = msgspec.Raw(msgspec.json.encode(event_id))
    return FleetEventRecord(event_id, type(event).__name__, _limited("event", msgspec.json.encode(detail)))


def _task_answer(task_token: str, output: Mapping[str, Any]) -> TaskAnswer:
    return TaskAnswer(task_token, _limited("task output", encode_readable(dict(output))))


def _limited(what: str, text: bytes) -> str:
    if len(text) > FRAME_LIMIT_BYTES:
        raise FrameTooLargeError(f"{what} has {len(text)} bytes, {FRAME_LIMIT_BYTES} are possible")
    return text.decode()


def _aware(name: str, due: datetime) -> datetime:
    if due.tzinfo is None:
        raise NaiveTimeError(f"reminder {name!r} is due at {due.isoformat()}, which names no time zone; use UTC")
    return due
