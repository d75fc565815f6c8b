"""Closes a draft: makes the item it would commit, and what would leave after that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, ItemTooLargeError, to_item
from lambdas.actors.agent_record import AgentRecord, LaneRecord
from lambdas.actors.claims import Claim, claim_of
from lambdas.actors.draft import Draft
from lambdas.actors.frames import CLAIM_LIMIT_BYTES, FRAME_LIMIT_BYTES, Frame, FrameTooLargeError, Sender
from lambdas.actors.marks import evict, still_useful
from lambdas.actors.outbox import Outbox, WakeUp
from lambdas.actors.timers import next_hint
from lambdas.actors.turn_inputs import TurnInputs, recordable

S = TypeVar("S")

TIGHT_FRAME_BYTES = 16 * 1024
"""Frames above this leave as claims when an item would otherwise outgrow its limit."""

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
    state = context.kind.codec.encode_state(draft.state) if draft.has_read_state else context.loaded.state
    hint = _hint(draft)

    for limit in (FRAME_LIMIT_BYTES, TIGHT_FRAME_BYTES):
        frames, claims = _frames(draft, limit)
        outbox = carried.followed_by(_outbox(draft, frames, hint))
        lane = LaneRecord(draft.queue, draft.handled, context.lane_record.sent + len(frames), outbox, draft.in_hand)
        record = _record(draft, lane, state, hint, marks, requests)
        try:
            item = to_item(record)
        except ItemTooLargeError:
            if limit == TIGHT_FRAME_BYTES:
                raise
        else:
            return Closed(item, outbox, tuple(draft.loose), {**draft.claims, **claims})
    raise AssertionError("unreachable: the last limit either fits or raises")


def _hint(draft: Draft[Any]) -> Any:
    if not draft.is_running:
        return None
    due = [timer.due for timer in draft.timers.values()] + [asked.deadline for asked in draft.asks.values()]
    return next_hint(due, draft.hinted)


def _outbox(draft: Draft[Any], frames: Sequence[Frame], hint: Any) -> Outbox:
    return Outbox(
        evicted=draft.evicted,
        letters=tuple(draft.letters),
        frames=tuple(frames),
        wake_ups=(WakeUp(draft.context.loaded.agent, hint),) if hint else (),
        events=tuple(draft.events),
        calls=tuple(draft.calls),
        promises=tuple(draft.promises),
        answers=tuple(draft.task_answers),
        replays=tuple(draft.replays),
    )


def _frames(draft: Draft[Any], limit: int) -> tuple[list[Frame], dict[Claim, bytes]]:
    """Make one frame per receiver and lane; one above ``limit`` bytes leaves its messages as a claim."""
    context, claims = draft.context, dict[Claim, bytes]()
    frames = []
    for place, ((to, lane), messages) in enumerate(draft.sends.items(), start=context.lane_record.sent + 1):
        sender = Sender(context.loaded.agent, context.kind.lane, place)
        if sum(len(bytes(message.data)) + ENVELOPE_BYTES for message in messages) <= limit:
            frames.append(Frame(to, tuple(messages), sender, to_lane=lane))
            continue
        content = msgspec.json.encode(messages)
        if len(content) <= limit - ENVELOPE_BYTES:
            frames.append(Frame(to, tuple(messages), sender, to_lane=lane))
            continue
        frames.append(Frame(to, (), sender, to_lane=lane, claim=_claim(to, content, claims)))
    return frames, claims


def _claim(to: ActorId, content: bytes, claims: dict[Claim, bytes]) -> Claim:
    if len(content) > CLAIM_LIMIT_BYTES:
        raise FrameTooLargeError(
            f"messages for {to} have {len(content)} bytes, {CLAIM_LIMIT_BYTES} are possible; say less in one turn"
        )
    claim = claim_of(content)
    claims[claim] = content
    return claim


def _record(
    draft: Draft[Any], lane: LaneRecord, state: str | None, hint: Any, marks: Any, requests: Any
) -> AgentRecord:
    context, loaded = draft.context, draft.context.loaded
    behavior = context.kind.behavior
    return AgentRecord(
        agent=loaded.agent,
        version=draft.version,
        schema=behavior.schema if draft.has_read_state else loaded.schema,
        state=state,
        lanes={**loaded.lanes, context.kind.lane: lane},
        marks=marks,
        has_evicted_marks=loaded.has_evicted_marks or bool(draft.evicted),
        requests=requests,
        timers=draft.timers,
        asks=draft.asks,
        held_replies=draft.held_replies,
        incarnation=draft.incarnation,
        supervisor=draft.supervisor,
        status=draft.status,
        status_reason=draft.status_reason,
        holding=draft.holding,
        hinted=hint or draft.hinted,
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
