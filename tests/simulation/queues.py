"""Simulated SQS: FIFO queues that are nastier than those of AWS.

A message may become visible at any moment, whoever has it; receipts of earlier deliveries are void; repeats are
dropped for five minutes, or never; a deleted message may be delivered once more.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from lambdas.actors.mailbox_record import MailboxRecord
from tests.simulation.course import Course

VISIBILITY_SECONDS = 180.0


@dataclass(slots=True)
class StoredMessage:
    """A message and who has it. It can be received from ``visible_at`` on."""

    record: MailboxRecord
    visible_at: float = 0.0
    delivery: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages given out together."""

    number: int
    queue: str
    records: tuple[MailboxRecord, ...]


@dataclass
class Queues:
    """All mailboxes of the simulated world. ``clock`` tells seconds."""

    clock: Callable[[], float]
    deduplicates_for: float
    stored: dict[str, list[StoredMessage]] = field(default_factory=dict)
    _sequence: int = 0
    _deliveries: int = 0
    _seen: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def put(self, queue: str, group: str, body: str, deduplication_id: str) -> MailboxRecord | None:
        """Store a message behind all others; None when it was dropped as a repeat."""
        name = (queue, group, deduplication_id)
        if name in self._seen and self.clock() < self._seen[name] + self.deduplicates_for:
            return None
        self._seen[name] = self.clock()
        self._sequence += 1
        record = MailboxRecord(f"m{self._sequence}", group, queue, self._sequence, body, receives=0)
        self.stored.setdefault(queue, []).append(StoredMessage(record))
        return record

    def waiting_queues(self) -> list[str]:
        """Name the queues from which something can be received now."""
        return [queue for queue in self.stored if self._groups(queue)]

    def receive(self, queue: str, limit: int, course: Course) -> Delivery:
        """Give out messages of some groups, each group in order and only when nothing of it is in flight."""
        groups = self._groups(queue)
        given: list[StoredMessage] = []
        while groups and len(given) < limit:
            messages = groups.pop(course.one_of(sorted(groups)))
            given += messages[: course.number(1, min(len(messages), limit - len(given)))]
        self._deliveries += 1
        for message in given:
            message.delivery = self._deliveries
            message.visible_at = self.clock() + VISIBILITY_SECONDS
            message.record = replace(
                message.record, receipt=f"r{self._deliveries}", receives=message.record.receives + 1
            )
        return Delivery(self._deliveries, queue, tuple(message.record for message in given))

    def delete(self, delivery: Delivery, message_ids: Collection[str]) -> None:
        """Delete messages for which this delivery's receipt still holds."""
        self.stored[delivery.queue] = [
            message
            for message in self.stored[delivery.queue]
            if message.delivery != delivery.number or message.record.message_id not in message_ids
        ]

    def postpone(self, record: MailboxRecord, seconds: float) -> None:
        """Let a message come again after some time, when its receipt still holds."""
        for message in self.stored[record.queue]:
            if message.record.message_id == record.message_id and message.record.receipt == record.receipt:
                message.visible_at = self.clock() + seconds

    def expire(self, number: int) -> None:
        """Make the messages of a delivery visible again, as when its visibility timeout is over."""
        for message in self._all():
            if message.delivery == number:
                message.delivery = None
                message.visible_at = self.clock()

    def bring_back(self, record: MailboxRecord) -> None:
        """Deliver a deleted message once more."""
        messages = self.stored[record.queue]
        if all(message.record.message_id != record.message_id for message in messages):
            messages.append(StoredMessage(record))
            messages.sort(key=lambda message: message.record.sequence_number)

    def end_visibility(self) -> None:
        """Make visible again what is due to be."""
        for message in self._all():
            if message.delivery is not None and message.visible_at <= self.clock():
                message.delivery = None

    def next_visible_at(self) -> float | None:
        """Say when the next message in flight becomes visible."""
        return min((message.visible_at for message in self._all() if message.delivery is not None), default=None)

    def in_flight(self) -> list[int]:
        """Number the deliveries that still have messages."""
        return sorted({message.delivery for message in self._all() if message.delivery is not None})

    def is_empty(self) -> bool:
        """Tell whether nothing is stored."""
        return not any(self.stored.values())

    def _all(self) -> list[StoredMessage]:
        return [message for messages in self.stored.values() for message in messages]

    def _groups(self, queue: str) -> dict[str, list[StoredMessage]]:
        messages = self.stored[queue]
        blocked = {message.record.agent for message in messages if message.delivery is not None}
        groups: dict[str, list[StoredMessage]] = {}
        for message in messages:
            if message.record.agent not in blocked:
                groups.setdefault(message.record.agent, []).append(message)
        return groups
