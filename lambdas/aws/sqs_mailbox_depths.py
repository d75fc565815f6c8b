"""Asks SQS how much waits in mailboxes, at most every few seconds."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from lambdas.actors.lanes import mailbox_name
from lambdas.aws.translating_client import TranslatingClient

REMEMBERED_FOR = timedelta(seconds=5)
"""How long a depth counts: a burst of requests costs one look, and a process lets in what comes within five seconds
of a mailbox that has just filled. The numbers themselves are exact for FIFO queues, says the SQS Developer Guide
("Resources required to process Amazon SQS messages")."""

COUNTED = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
"""What waits, and what is in a worker's hands or was postponed after a failure. Mailboxes have no delayed messages:
a FIFO queue delays all or none."""


class SQSMailboxDepths:
    """A MailboxDepths over one queue per lane and kind; a mailbox that it was not given counts as empty."""

    def __init__(self, client: Any, mailboxes: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        self._client = TranslatingClient(client, "SQS")
        self._mailboxes = mailboxes
        self._clock = clock
        self._known: dict[str, tuple[datetime, int]] = {}

    def depth(self, kind: str, lane: str) -> int:
        """Give the depth as last read, or read it again when that was too long ago."""
        queue_url = self._mailboxes.get(mailbox_name(kind, lane))
        if queue_url is None:
            return 0
        now = self._clock()
        read_at, known = self._known.get(queue_url, (None, 0))
        if read_at is not None and now - read_at < REMEMBERED_FOR:
            return known
        answer = self._client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=list(COUNTED))
        depth = sum(int(answer["Attributes"].get(name, "0")) for name in COUNTED)
        self._known[queue_url] = (now, depth)
        return depth
