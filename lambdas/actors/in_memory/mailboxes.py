"""Mailboxes in memory: groups in order, one delivery of a group at a time, redelivery of what is not acknowledged.

Repeats are not dropped unless asked for: that is how SQS is once five minutes have passed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, encode_frame
from lambdas.actors.lanes import NORMAL_LANE, mailbox_name, reachable_lane
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.marks import content_digest

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
    """Of the delivery that has the message now; None while no delivery has it."""
    hidden_until: datetime | None = None
    """When it comes again by itself, once it was postponed."""


class InMemoryMailboxes:
    """A MailboxSender and a Mailbox, and the queues behind both: one per lane of a kind, called by its mailbox name.

    ``lanes`` of kinds that have others than the normal one; ``clock`` says when what was hidden comes again.
    """

    def __init__(
        self,
        *,
        drops_repeats: bool = False,
        lanes: Mapping[str, tuple[str, ...]] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._stored: list[_Stored] = []
        self._drops_repeats = drops_repeats
        self._lanes = lanes or {}
        self._clock = clock
        self._seen: set[tuple[str, str, str]] = set()
        self._sequence = 0
        self._deliveries = 0

    def send(self, frames: Sequence[Frame]) -> Collection[int]:
        """Put frames into the mailboxes; all of them can be sent."""
        for frame in frames:
            is_named = frame.sender is not None and frame.replays is None
            name = frame.sender.deduplication_id if frame.sender is not None and is_named else ""
            self.put(str(frame.to), encode_frame(frame), name, frame.to_lane)
        return ()

    def send_at_most_once(self, frames: Sequence[Frame]) -> None:
        """Put frames into the mailboxes; none is lost."""
        self.send(frames)

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

    def post(self, frame: Frame, request_id: str) -> None:
        """Put a frame into its lane."""
        name = f"{request_id}|{content_digest(frame)}"
        self.put(str(frame.to), encode_frame(frame), name, frame.to_lane)

    def put(self, agent: str, body: str, deduplication_id: str = "", lane: str = NORMAL_LANE) -> None:
        """Store a message behind all others."""
        kind = ActorId.parse(agent).kind
        queue = mailbox_name(kind, reachable_lane(lane, self._lanes.get(kind, (NORMAL_LANE,))))
        repeat = (queue, agent, deduplication_id)
        if self._drops_repeats and deduplication_id and repeat in self._seen:
            return
        self._seen.add(repeat)
        self._sequence += 1
        record = MailboxRecord(f"m-{self._sequence}", agent, queue, self._sequence, body, receives=0)
        self._stored.append(_Stored(record))

    def receive(self, queue: str, limit: int = DELIVERY_LIMIT) -> Delivery | None:
        """Take the first visible messages of a mailbox, of groups of which nothing is in flight."""
        given = self._visible(queue)[:limit]
        if not given:
            return None
        self._deliveries += 1
        for stored in given:
            stored.receipt = self._deliveries
            received = replace(stored.record, receipt=str(self._deliveries), receives=stored.record.receives + 1)
            stored.record = received
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

    def hide(self, record: MailboxRecord, delay: timedelta) -> None:
        """Let a message come again after a delay from now; does nothing once another delivery has it."""
        for stored in self._stored:
            if self._clock and stored.receipt is not None and str(stored.receipt) == record.receipt:
                is_it = stored.record.message_id == record.message_id
                stored.hidden_until = self._clock() + delay if is_it else stored.hidden_until

    def in_flight(self) -> frozenset[int]:
        """Show the receipts that hold."""
        return frozenset(stored.receipt for stored in self._stored if stored.receipt is not None)

    def has_visible(self, queue: str) -> bool:
        """Tell whether a delivery of a mailbox could be received."""
        return bool(self._visible(queue))

    def waiting(self, queue: str | None = None) -> tuple[MailboxRecord, ...]:
        """Show what is stored, in flight or not."""
        return tuple(stored.record for stored in self._stored if queue in {None, stored.record.queue})

    def _visible(self, queue: str) -> list[_Stored]:
        of_queue = [stored for stored in self._stored if stored.record.queue == queue]
        for stored in of_queue:
            self._reveal_when_due(stored)
        blocked = {
            stored.record.agent for stored in of_queue if stored.receipt is not None or stored.hidden_until is not None
        }
        return [stored for stored in of_queue if stored.record.agent not in blocked]

    def _reveal_when_due(self, stored: _Stored) -> None:
        if self._clock and stored.hidden_until is not None and self._clock() >= stored.hidden_until:
            stored.receipt = stored.hidden_until = None
