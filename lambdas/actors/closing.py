"""Closes a draft: makes the item it would commit, and what would leave after that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, ItemTooLargeError, to_item
from lambdas.actors.agent_record import AgentRecord, KnownRequest, LaneRecord, Mark
from lambdas.actors.claims import Claim, claim_of
from lambdas.actors.draft import Draft
from lambdas.actors.frames import CLAIM_LIMIT_BYTES, FRAME_LIMIT_BYTES, Frame, FrameTooLargeError, Sender
from lambdas.actors.marks import evict, still_useful
from lambdas.actors.outbox import Outbox, WakeUp
from lambdas.actors.timers import next_hint
from lambdas.actors.turn_inputs import TurnInputs, recordable

S = TypeVar("S")

TIGHT_FRAME_BYTES = 16 * 1024
"""Frames above this, carried ones too, leave as claims when an item would otherwise outgrow its limit."""

ENVELOPE_BYTES = 256
"""More than a message has besides its data; spares counting what is far from a limit."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What a draft has come to."""

    item: AgentItem
    outbox: Outbox
    loose: tuple[Frame, ...]
    """Frames that are sent at most once; they are not stored."""
    claims: Mapping[Claim, bytes]
    """To be kept before the commit."""


def close(draft: Draft[S], carried: Outbox) -> Closed:
    """Make the item and the outbox; ``carried`` perhaps never left and goes first.

    Raises UnreadableValueError for a state that cannot be stored, FrameTooLargeError and ItemTooLargeError.
    """
    context = draft.context
    marks = still_useful(draft.marks, context.now)
    requests = dict(draft.requests)
    draft.evicted = evict(context.loaded, marks, requests, context.kind.behavior.marks_in_item)
    hint = _hint(draft)
    state = context.kind.codec.encode_state(draft.state) if draft.has_read_state else context.loaded.state

    frames = _frames(draft)
    for limit in (FRAME_LIMIT_BYTES, TIGHT_FRAME_BYTES):
        claims: dict[Claim, bytes] = {}
        before = replace(carried, frames=_within(carried.frames, limit, claims))
        outbox = before.followed_by(_outbox(draft, _within(frames, limit, claims), hint))
        lane = LaneRecord(draft.queue, draft.handled, context.lane_record.sent + len(frames), outbox, draft.in_hand)
        kept = _Kept(state, {**context.loaded.lanes, context.kind.lane: lane}, hint, marks, requests)
        try:
            item = to_item(_record(draft, kept))
        except ItemTooLargeError:
            if limit == TIGHT_FRAME_BYTES:
                raise
        else:
            return Closed(item, outbox, tuple(draft.loose), {**draft.claims, **claims})
    raise AssertionError("unreachable: the last limit either fits or raises")


def _hint(draft: Draft[Any]) -> datetime | None:
    if not draft.is_running:
        return None
    due = [timer.due for timer in draft.timers.values()] + [asked.deadline for asked in draft.asks.values()]
    return next_hint(due, draft.hinted)


def _outbox(draft: Draft[Any], frames: Sequence[Frame], hint: datetime | None) -> Outbox:
    return Outbox(
        evicted=draft.evicted,
        letters=tuple(draft.letters),
        settled=tuple(draft.settled),
        frames=tuple(frames),
        wake_ups=(WakeUp(draft.context.loaded.agent, hint),) if hint else (),
        events=tuple(draft.events),
        calls=tuple(draft.calls),
        promises=tuple(draft.promises),
        answers=tuple(draft.task_answers),
        replays=tuple(draft.replays),
    )


def _frames(draft: Draft[Any]) -> list[Frame]:
    """Make one frame per receiver and lane, numbered on from what the lane has sent."""
    context = draft.context
    return [
        Frame(to, tuple(messages), Sender(context.loaded.agent, context.kind.lane, place), to_lane=lane)
        for place, ((to, lane), messages) in enumerate(draft.sends.items(), start=context.lane_record.sent + 1)
    ]


def _within(frames: Sequence[Frame], limit: int, claims: dict[Claim, bytes]) -> tuple[Frame, ...]:
    """Let frames above ``limit`` bytes leave their messages as claims."""
    return tuple(_spilled(frame, claims) if _is_longer(frame, limit) else frame for frame in frames)


def _is_longer(frame: Frame, limit: int) -> bool:
    if sum(len(bytes(message.data)) + ENVELOPE_BYTES for message in frame.messages) <= limit:
        return False
    return len(msgspec.json.encode(frame.messages)) > limit - ENVELOPE_BYTES


def _spilled(frame: Frame, claims: dict[Claim, bytes]) -> Frame:
    content = msgspec.json.encode(frame.messages)
    return replace(frame, messages=(), claim=_claim(frame.to, content, claims))


def _claim(to: ActorId, content: bytes, claims: dict[Claim, bytes]) -> Claim:
    if len(content) > CLAIM_LIMIT_BYTES:
        raise FrameTooLargeError(
            f"messages for {to} have {len(content)} bytes, {CLAIM_LIMIT_BYTES} are possible; say less in one turn"
        )
    claim = claim_of(content)
    claims[claim] = content
    return claim


@dataclass(frozen=True, slots=True)
class _Kept:
    """What of a draft is stored in another form than it has there."""

    state: str | None
    lanes: Mapping[str, LaneRecord]
    hint: datetime | None
    marks: Mapping[str, Mark]
    requests: Mapping[str, KnownRequest]


def _record(draft: Draft[Any], kept: _Kept) -> AgentRecord:
    """Make the record that would be committed."""
    context, loaded = draft.context, draft.context.loaded
    behavior = context.kind.behavior
    return AgentRecord(
        agent=loaded.agent,
        version=draft.version,
        schema=loaded.schema if loaded.state is not None and not draft.has_read_state else behavior.schema,
        state=kept.state,
        lanes=kept.lanes,
        marks=kept.marks,
        has_evicted_marks=loaded.has_evicted_marks or bool(draft.evicted),
        requests=kept.requests,
        timers=draft.timers,
        asks=draft.asks,
        held_replies=draft.held_replies,
        incarnation=draft.incarnation,
        supervisor=draft.supervisor,
        status=draft.status,
        status_reason=draft.status_reason,
        holding=draft.holding,
        hinted=kept.hint or draft.hinted,
        committed_by=context.token,
        listed=dict(behavior.index(draft.state)) if draft.has_read_state else loaded.listed,
        turn=_turn(draft),
    )


def _turn(draft: Draft[Any]) -> TurnInputs | None:
    """Note what the version is made of, when that is journaled and small enough to be stored with the agent."""
    context = draft.context
    if not context.kind.is_journaled:
        return None
    loaded, schema = context.loaded, context.kind.behavior.schema
    was_upcast = draft.has_read_state and loaded.state is not None and loaded.schema < schema
    turn = TurnInputs(context.now, context.kind.lane, tuple(draft.inputs), loaded.schema if was_upcast else None)
    return recordable(turn)
