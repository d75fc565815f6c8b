"""Mailboxes in memory: groups in order, one delivery of a group at a time, redelivery of what is not acknowledged.

Repeats are not dropped unless asked for: that is how SQS is once five minutes have passed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, encode_frame
from lambdas.actors.mailbox_record import MailboxRecord

DELIVERY_LIMIT = 10
"""Messages that one delivery holds at most, as from a FIFO queue."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages given out together. Its receipt is void as soon as they have become visible again."""

    receipt: int
    records: tuple[MailboxRecord, ...]


@dataclass(slots=True)
class _Stored:
    record: MailboxRecord
    receipt: int | None = None
    """Of the delivery that has the message now; None while it is visible."""


class InMemoryMailboxes:
    """A MailboxSender and a Mailbox, and the queues behind both."""

    def __init__(self, *, drops_repeats: bool = False) -> None:
        self._stored: list[_Stored] = []
        self._drops_repeats = drops_repeats
        self._seen: set[tuple[str, str]] = set()
        self._sequence = 0
        self._deliveries = 0

    def send(self, frames: Sequence[Frame]) -> Collection[int]:
        """Put frames into the mailboxes; all of them can be sent."""
        for frame in frames:
            self.put(str(frame.to), encode_frame(frame), frame.sender.deduplication_id if frame.sender else "")
        return ()

    def tell(self, to: ActorId, message: Any, request_id: str) -> None:
        """Put one message into an agent's mailbox."""
        self.tell_all([(to, message)], request_id)

    def tell_all(self, messages: Sequence[tuple[ActorId, Any]], request_id: str) -> None:
        """Put messages into mailboxes, those of one agent as one frame."""
        told: dict[ActorId, list[Any]] = {}
        for to, message in messages:
            told.setdefault(to, []).append(encode_message(message))
        for to, encoded in told.items():
            self.put(str(to), encode_frame(Frame(to, tuple(encoded))), request_id)

    def put(self, agent: str, body: str, deduplication_id: str = "") -> None:
        """Store a message behind all others."""
        repeat = (agent, deduplication_id)
        if self._drops_repeats and deduplication_id and repeat in self._seen:
            return
        self._seen.add(repeat)
        self._sequence += 1
        kind = ActorId.parse(agent).kind
        self._stored.append(_Stored(MailboxRecord(f"m-{self._sequence}", agent, kind, self._sequence, body)))

    def receive(self, kind: str, limit: int = DELIVERY_LIMIT) -> Delivery | None:
        """Take the first visible messages of a kind of agent, of groups of which nothing is in flight."""
        given = self._visible(kind)[:limit]
        if not given:
            return None
        self._deliveries += 1
        for stored in given:
            stored.receipt = self._deliveries
        return Delivery(self._deliveries, tuple(stored.record for stored in given))

    def acknowledge(self, delivery: Delivery, unhandled: Collection[str] = ()) -> None:
        """Delete what was handled and let the rest come again; does nothing once the receipt is void."""
        handled = {record.message_id for record in delivery.records} - set(unhandled)
        self._stored = [
            stored
            for stored in self._stored
            if stored.receipt != delivery.receipt or stored.record.message_id not in handled
        ]
        self.expire(delivery.receipt)

    def expire(self, receipt: int) -> None:
        """Make messages visible again in their old places, as when the visibility timeout is over."""
        for stored in self._stored:
            if stored.receipt == receipt:
                stored.receipt = None

    def in_flight(self) -> frozenset[int]:
        """Show the receipts that hold."""
        return frozenset(stored.receipt for stored in self._stored if stored.receipt is not None)

    def has_visible(self, kind: str) -> bool:
        """Tell whether a delivery of a kind of agent could be received."""
        return bool(self._visible(kind))

    def waiting(self, kind: str | None = None) -> tuple[MailboxRecord, ...]:
        """Show what is stored, in flight or not."""
        return tuple(stored.record for stored in self._stored if kind in {None, stored.record.queue})

    def _visible(self, kind: str) -> list[_Stored]:
        blocked = {stored.record.agent for stored in self._stored if stored.receipt is not None}
        return [s for s in self._stored if s.record.queue == kind and s.record.agent not in blocked]
