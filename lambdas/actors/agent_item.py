"""The one item an agent is stored in: its attributes as plain texts, whole numbers and maps."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import AgentRecord, LaneRecord, Mark
from lambdas.actors.codec import EncodedMessage
from lambdas.actors.kind_shards import kind_shard
from lambdas.actors.outbox import decode_outbox, encode_outbox
from lambdas.actors.timers import Timer

ITEM_LIMIT_BYTES = 390 * 1024
"""Bytes of an item by our count; DynamoDB holds 400 KB, and every KB costs one write unit a turn."""

AgentItem = Mapping[str, Any]
"""Attributes by name; a value is ``str``, ``int`` or a map of them."""


class ItemTooLargeError(ValueError):
    """An agent would outgrow its item; a retry cannot help, the agent must remember less."""


class ItemFormatError(ValueError):
    """A stored item is not an agent's; a retry helps only after it was repaired."""


class _StoredTimer(msgspec.Struct, frozen=True):
    due: datetime
    generation: int
    type: str
    data: msgspec.Raw


class _StoredMark(msgspec.Struct, frozen=True, array_like=True):
    sequence: int
    day: int


def to_item(record: AgentRecord) -> AgentItem:
    """Lay a record out as item; raises ItemTooLargeError above ITEM_LIMIT_BYTES."""
    timers = {
        name: _StoredTimer(timer.due, timer.generation, timer.message.type, timer.message.data)
        for name, timer in record.timers.items()
    }
    marks = {key: _StoredMark(mark.sequence, mark.day) for key, mark in record.marks.items()}
    item = {
        "agent": str(record.agent),
        "version": record.version,
        "schema": record.schema,
        "state": record.state or "",
        "lanes": {lane: _lane_attributes(stands) for lane, stands in record.lanes.items()},
        "marks": msgspec.json.encode(marks).decode(),
        "timers": msgspec.json.encode(timers).decode(),
        "hinted": record.hinted.isoformat() if record.hinted else "",
        "committed_by": record.committed_by,
        "kind_shard": kind_shard(record.agent),
        "listed": dict(record.listed),
    }
    _check_size(record.agent, item)
    return item


def from_item(item: AgentItem) -> AgentRecord:
    """Read a record from its item; raises ItemFormatError when it is not one."""
    try:
        return _read(item)
    except (KeyError, TypeError, ValueError, AttributeError, msgspec.MsgspecError) as error:
        raise ItemFormatError(f"item of {item.get('agent')!r} cannot be read: {error!r}") from error


def _read(item: AgentItem) -> AgentRecord:
    agent = ActorId.parse(item["agent"])
    timers = msgspec.json.decode(item["timers"], type=dict[str, _StoredTimer])
    marks = msgspec.json.decode(item["marks"], type=dict[str, _StoredMark])
    return AgentRecord(
        agent=agent,
        version=item["version"],
        schema=item["schema"],
        state=item["state"],
        lanes={lane: _read_lane(stored, agent) for lane, stored in item["lanes"].items()},
        marks={key: Mark(mark.sequence, mark.day) for key, mark in marks.items()},
        timers={
            name: Timer(timer.due, timer.generation, EncodedMessage(timer.type, timer.data))
            for name, timer in timers.items()
        },
        hinted=datetime.fromisoformat(item["hinted"]) if item["hinted"] else None,
        committed_by=item["committed_by"],
        listed=item["listed"],
    )


def size_bytes(value: object) -> int:
    """Count what an attribute value takes, by DynamoDB's rules and never less."""
    match value:
        case str():
            return len(value.encode())
        case int():
            return len(str(value)) // 2 + 3
        case _:
            entries = cast("AgentItem", value).items()
            return 3 + sum(1 + size_bytes(name) + size_bytes(entry) for name, entry in entries)


def _check_size(agent: ActorId, item: AgentItem) -> None:
    size = size_bytes(item)
    if size > ITEM_LIMIT_BYTES:
        largest = max(item, key=lambda name: size_bytes(item[name]))
        raise ItemTooLargeError(
            f"item of {agent} would have {size} bytes, {ITEM_LIMIT_BYTES} are possible; its largest part is {largest!r}"
        )


def _lane_attributes(lane: LaneRecord) -> dict[str, str | int]:
    return {
        "queue": lane.queue,
        "handled": str(lane.handled),
        "sent": lane.sent,
        "outbox": encode_outbox(lane.outbox),
    }


def _read_lane(stored: AgentItem, agent: ActorId) -> LaneRecord:
    return LaneRecord(
        queue=stored["queue"],
        handled=int(stored["handled"]),
        sent=stored["sent"],
        outbox=decode_outbox(stored["outbox"], agent),
    )
