"""High-water marks: how an agent knows a frame that was sent again."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from lambdas.actors.agent_record import AgentRecord, KnownRequest, Mark
from lambdas.actors.frames import Frame, Sender
from lambdas.actors.outbox import EvictedMark

REPEATS_END_AFTER = timedelta(days=29)
"""A frame can be sent again while the message that caused it stays in its queue (14 days), and the repeat can
wait in ours as long; a day more covers clocks and the running function. After that a mark has no use."""

REQUESTS_KEPT_AFTER = timedelta(hours=24)
"""How long a request is remembered after its key has expired: a copy that was sent in time may come late, and carry a
later expiry of its own, and an invocation whose clock is behind may still take it for valid."""

DIGEST_BITS = 44
"""Bits by which contents of requests are told apart; with the day above them they fit into 63."""


def mark_key(sender: Sender, receiving_lane: str) -> str:
    """Name a mark. Each pair of lanes has its own: between lanes there is no order."""
    return f"{sender.agent}|{sender.lane}|{receiving_lane}"


def request_mark_key(request_key: str) -> str:
    """Name the mark of a request that was evicted; its sequence is the digest of what was asked."""
    return f"request|{request_key}"


def known_elsewhere(record: AgentRecord) -> dict[str, int]:
    """Give the marks that the agent's stored outboxes still carry to the mark store."""
    known: dict[str, int] = {}
    for lane in record.lanes.values():
        for mark in lane.outbox.evicted:
            known[mark.name] = max(mark.sequence, known.get(mark.name, 0))
    return known


def names_to_look_up(record: AgentRecord, frame: Frame, lane: str) -> Iterator[str]:
    """Name the marks that decide on a frame and may be in the mark store only."""
    if not record.has_evicted_marks:
        return
    if frame.sender is not None and (name := mark_key(frame.sender, lane)) not in record.marks:
        yield name
    if frame.request is not None and frame.request.key not in record.requests:
        yield request_mark_key(frame.request.key)


def content_digest(frame: Frame) -> int:
    """Tell contents of requests apart: 44 bits of the SHA-256 of their messages' types and data."""
    digest = sha256(repr(frame.claim).encode() if frame.claim else b"")
    for message in frame.messages:
        digest.update(message.type.encode() + b"\0" + bytes(message.data) + b"\0")
    return int.from_bytes(digest.digest()[:8]) >> (64 - DIGEST_BITS)


def request_sequence(known: KnownRequest) -> int:
    """Write a request as the sequence of a mark: of one key used twice, the highest is that which expires last."""
    return day_of(known.expires + REQUESTS_KEPT_AFTER) << DIGEST_BITS | known.digest


def request_digest(sequence: int, now: datetime) -> int | None:
    """Read the digest of a request from its mark; None when its day is over and its key is free again."""
    return sequence & (2**DIGEST_BITS - 1) if sequence >> DIGEST_BITS >= day_of(now) else None


def is_still_known(known: KnownRequest, now: datetime) -> bool:
    """Tell whether a copy of a request may still come."""
    return now < known.expires + REQUESTS_KEPT_AFTER


def day_of(moment: datetime) -> int:
    """Count the days since 1970, UTC."""
    return int(moment.timestamp() // 86_400)


def still_useful(marks: Mapping[str, Mark], now: datetime) -> dict[str, Mark]:
    """Forget senders whose repeats can no longer come."""
    oldest = day_of(now) - REPEATS_END_AFTER.days
    if all(mark.day >= oldest for mark in marks.values()):
        return dict(marks)
    return {name: mark for name, mark in marks.items() if mark.day >= oldest}


def evict(
    record: AgentRecord, marks: dict[str, Mark], requests: dict[str, KnownRequest], room: int
) -> tuple[EvictedMark, ...]:
    """Take the longest unused out of ``marks`` and ``requests`` when either has no room for them.

    A quarter more than needed goes, so that not every turn of a much-told agent writes some.
    """
    evicted: list[EvictedMark] = []
    for name in _surplus(marks, room):
        mark = marks.pop(name)
        evicted.append(EvictedMark(record.agent, name, mark.sequence, mark.day))
    for key in _surplus(requests, room):
        request = requests.pop(key)
        name, day = request_mark_key(key), day_of(request.expires)
        evicted.append(EvictedMark(record.agent, name, request_sequence(request), day))
    return tuple(evicted)


def _surplus(names: Mapping[str, object], room: int) -> list[str]:
    if len(names) <= room:
        return []
    return list(names)[: len(names) - room + room // 4]
