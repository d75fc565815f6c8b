"""Sends entries to SQS queues in as few calls as SQS allows, and again what it did not take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.aws.backoff import Backoff
from lambdas.observability import logger

ENTRIES_OF_A_BATCH = 10
BATCH_LIMIT_BYTES = 1024 * 1024
"""Entries and bytes of all bodies that one SendMessageBatch takes."""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A message on its way to a queue. ``place`` tells the sender which of its things it is."""

    place: int
    body: str
    group: str | None = None
    deduplication_id: str | None = None
    delay_seconds: int | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes the message takes in a batch."""
        return len(self.body.encode())

    def request(self) -> dict[str, Any]:
        """Lay the message out for SendMessageBatch."""
        fields = {
            "Id": str(self.place),
            "MessageBody": self.body,
            "MessageGroupId": self.group,
            "MessageDeduplicationId": self.deduplication_id,
            "DelaySeconds": self.delay_seconds,
        }
        return {name: value for name, value in fields.items() if value is not None}


def send_all(client: Any, queue_url: str, entries: Sequence[QueueEntry], backoff: Backoff) -> set[int]:
    """Send entries; answer the places of those that the queue did not take after several tries."""
    unsent: set[int] = set()
    for batch in in_batches(entries):
        left = backoff.until_done(batch, lambda waiting: _send_batch(client, queue_url, waiting))
        unsent.update(entry.place for entry in left)
    return unsent


def in_batches(entries: Iterable[QueueEntry]) -> list[list[QueueEntry]]:
    """Cut entries into batches of at most 10 entries and 1 MiB, in order."""
    batches: list[list[QueueEntry]] = []
    room = 0
    for entry in entries:
        if not batches or len(batches[-1]) == ENTRIES_OF_A_BATCH or entry.size_bytes > room:
            batches.append([])
            room = BATCH_LIMIT_BYTES
        batches[-1].append(entry)
        room -= entry.size_bytes
    return batches


def _send_batch(client: Any, queue_url: str, entries: Sequence[QueueEntry]) -> Sequence[QueueEntry]:
    """Send one batch; answer the entries that were not taken."""
    try:
        answer = client.send_message_batch(QueueUrl=queue_url, Entries=[entry.request() for entry in entries])
    except (ClientError, BotoCoreError) as error:
        logger.warning("queue did not answer", extra={"queue": queue_url, "entries": len(entries), "error": str(error)})
        return entries
    failed = {failure["Id"]: failure for failure in answer.get("Failed", ())}
    for failure in failed.values():
        logger.warning("queue refused a message", extra={"queue": queue_url, **failure})
    return [entry for entry in entries if str(entry.place) in failed]
