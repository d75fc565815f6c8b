"""The one item an agent is stored in: plain texts and whole numbers, or one packed attribute once they are long."""

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, cast

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import (
    AgentRecord,
    AgentStatus,
    Holding,
    InHand,
    KnownRequest,
    LaneRecord,
    Mark,
    PendingAsk,
)
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.kind_shards import kind_shard
from lambdas.actors.outbox import StoredOutbox, from_stored, to_stored
from lambdas.actors.timers import Timer
from lambdas.actors.turn_inputs import TurnInputs

ITEM_LIMIT_BYTES = 390 * 1024
"""Bytes of an item by our count; DynamoDB holds 400 KB, and every KB costs one write unit a turn."""

PACK_OVER_BYTES = 1024 - 256
"""State and runtime longer than this together are packed: the rest of the first KB, which one write unit pays, holds
address, version and index."""

PACKED_LIMIT_BYTES = 16 * 1024 * 1024
"""Bytes that a packed item may have unpacked; no function has memory for more."""

SMALL_PACK_BYTES = 4096
"""Up to here a window of 4 KB sees all that is packed; setting up a larger one takes four times as long."""

AgentItem = Mapping[str, Any]
"""Attributes by name; a value is ``str``, ``int``, ``bytes`` or a map of them."""


class ItemTooLargeError(ValueError):
    """An agent would outgrow its item; a retry cannot help, the agent must remember less."""


class ItemFormatError(ValueError):
    """A stored item is not an agent's; a retry helps only after it was repaired."""


class _StoredTimer(msgspec.Struct, frozen=True, omit_defaults=True):
    due: datetime
    generation: int
    message: EncodedMessage
    every_seconds: float | None = None
    attempts: int = 0


class _StoredMark(msgspec.Struct, frozen=True, array_like=True):
    sequence: int
    day: int


class _StoredRequest(msgspec.Struct, frozen=True, array_like=True):
    digest: int
    expires: Annotated[datetime, msgspec.Meta(tz=True)]


class _StoredLane(msgspec.Struct, frozen=True, omit_defaults=True):
    queue: str
    handled: str
    """Digits: a sequence number of SQS may be longer than 64 bits."""
    sent: int = 0
    outbox: StoredOutbox = StoredOutbox()
    in_hand: InHand | None = None


class _StoredRuntime(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of an agent but its state."""

    lanes: dict[str, _StoredLane] = {}
    marks: dict[str, _StoredMark] = {}
    has_evicted_marks: bool = False
    requests: dict[str, _StoredRequest] = {}
    timers: dict[str, _StoredTimer] = {}
    asks: dict[str, PendingAsk] = {}
    held_replies: dict[str, tuple[str, ...]] = {}
    incarnation: int = 0
    supervisor: str = ""
    status_reason: str = ""
    holding: Holding = Holding()
    turn: TurnInputs | None = None


def to_item(record: AgentRecord) -> AgentItem:
    """Lay a record out as item; raises ItemTooLargeError above ITEM_LIMIT_BYTES."""
    state = record.state or ""
    runtime = _ENCODER.encode(_to_runtime(record))
    is_packed = len(runtime) + len(state) > PACK_OVER_BYTES
    item: dict[str, Any] = {
        "agent": str(record.agent),
        "version": record.version,
        "schema": record.schema,
        "state": "" if is_packed else state,
        "runtime": "" if is_packed else runtime.decode(),
        "packed": _pack(state.encode(), runtime) if is_packed else b"",
        "status": str(record.status),
        "hinted": record.hinted.isoformat() if record.hinted else "",
        "committed_by": record.committed_by,
        "kind_shard": kind_shard(record.agent),
        "listed": dict(record.listed),
    }
    _check_size(item, len(state), len(runtime))
    return item


def from_item(item: AgentItem) -> AgentRecord:
    """Read a record from its item; raises ItemFormatError when it is not one."""
    try:
        return _read(item)
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error, msgspec.MsgspecError) as error:
        raise ItemFormatError(f"item of {item.get('agent')!r} cannot be read: {error!r}") from error


def stored_state(item: AgentItem) -> str:
    """Read only the state of an item, as JSON; raises ItemFormatError."""
    try:
        return _texts(item)[0]
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise ItemFormatError(f"item of {item.get('agent')!r} cannot be read: {error!r}") from error


def _pack(state: bytes, runtime: bytes) -> bytes:
    """Compress both in one, since an outbox and a turn's inputs repeat much of the state."""
    plain = len(state).to_bytes(4) + state + runtime
    window_bits, memory_level = (12, 5) if len(plain) <= SMALL_PACK_BYTES else (15, 8)
    deflating = zlib.compressobj(_PACK_LEVEL, zlib.DEFLATED, window_bits, memory_level)
    return deflating.compress(plain) + deflating.flush()


def _texts(item: AgentItem) -> tuple[str, str]:
    if not item["packed"]:
        return item["state"], item["runtime"]
    unpacking = zlib.decompressobj()
    unpacked = unpacking.decompress(item["packed"], PACKED_LIMIT_BYTES)
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise ValueError(f"packed attribute is cut off, or has more than {PACKED_LIMIT_BYTES} bytes unpacked")
    end = 4 + int.from_bytes(unpacked[:4])
    return unpacked[4:end].decode(), unpacked[end:].decode()


def _to_runtime(record: AgentRecord) -> _StoredRuntime:
    return _StoredRuntime(
        lanes={
            name: _StoredLane(lane.queue, str(lane.handled), lane.sent, to_stored(lane.outbox), lane.in_hand)
            for name, lane in record.lanes.items()
        },
        marks={name: _StoredMark(mark.sequence, mark.day) for name, mark in record.marks.items()},
        has_evicted_marks=record.has_evicted_marks,
        requests={key: _StoredRequest(known.digest, known.expires) for key, known in record.requests.items()},
        timers={
            name: _StoredTimer(
                timer.due,
                timer.generation,
                timer.message,
                timer.every.total_seconds() if timer.every else None,
                timer.attempts,
            )
            for name, timer in record.timers.items()
        },
        asks=dict(record.asks),
        held_replies=dict(record.held_replies),
        incarnation=record.incarnation,
        supervisor=record.supervisor,
        status_reason=record.status_reason,
        holding=record.holding,
        turn=record.turn,
    )


def _read(item: AgentItem) -> AgentRecord:
    agent = ActorId.parse(item["agent"])
    state, runtime_text = _texts(item)
    runtime = _DECODER.decode(runtime_text)
    return AgentRecord(
        agent=agent,
        version=item["version"],
        schema=item["schema"],
        state=state or None,
        lanes={
            name: LaneRecord(lane.queue, int(lane.handled), lane.sent, from_stored(lane.outbox, agent), lane.in_hand)
            for name, lane in runtime.lanes.items()
        },
        marks={name: Mark(mark.sequence, mark.day) for name, mark in runtime.marks.items()},
        has_evicted_marks=runtime.has_evicted_marks,
        requests={key: KnownRequest(known.digest, known.expires) for key, known in runtime.requests.items()},
        timers={name: _read_timer(timer) for name, timer in runtime.timers.items()},
        asks=runtime.asks,
        held_replies=runtime.held_replies,
        incarnation=runtime.incarnation,
        supervisor=runtime.supervisor,
        status=AgentStatus(item["status"]),
        status_reason=runtime.status_reason,
        holding=runtime.holding,
        hinted=datetime.fromisoformat(item["hinted"]) if item["hinted"] else None,
        committed_by=item["committed_by"],
        listed=item["listed"],
        turn=runtime.turn,
    )


def _read_timer(timer: _StoredTimer) -> Timer:
    every = None if timer.every_seconds is None else timedelta(seconds=timer.every_seconds)
    return Timer(timer.due, timer.generation, timer.message, every, timer.attempts)


def size_bytes(value: object) -> int:
    """Count what an attribute value takes, by DynamoDB's rules and never less."""
    match value:
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case int():
            return len(str(value)) // 2 + 3
        case _:
            entries = cast("AgentItem", value).items()
            return 3 + sum(1 + size_bytes(name) + size_bytes(entry) for name, entry in entries)


def _check_size(item: AgentItem, state_bytes: int, runtime_bytes: int) -> None:
    if len(item["packed"]) + state_bytes + runtime_bytes < ITEM_LIMIT_BYTES // 8:
        return
    size = size_bytes(item)
    if size > ITEM_LIMIT_BYTES:
        raise ItemTooLargeError(
            f"item of {item['agent']} would have {size} bytes, {ITEM_LIMIT_BYTES} are possible; before packing its"
            f" state has {state_bytes}, its outboxes, marks and timers have {runtime_bytes}"
        )


_PACK_LEVEL = 6
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_StoredRuntime)
