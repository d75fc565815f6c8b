"""The mailboxes of agents, past everything that normally writes to them."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lab.embedded_aws.emulator import EmbeddedAws
from tests.live_system.patience import eventually

IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
WAITING = "ApproximateNumberOfMessages"
VISIBILITY = "VisibilityTimeout"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The queue of one kind of agent."""

    aws: EmbeddedAws
    url: str

    @classmethod
    def of(cls, aws: EmbeddedAws, kind: str) -> "Mailbox":
        """Find the queue by its place in the stack."""
        part = f"{''.join(word.capitalize() for word in kind.split('_'))}Mailbox"
        urls = [url for url in aws.client("sqs").list_queues()["QueueUrls"] if f"-{part}" in url]
        assert len(urls) == 1, f"{part} is not one queue but {urls}"
        return cls(aws, urls[0])

    def deliver(self, frame: dict[str, Any]) -> None:
        """Put a frame in, under a deduplication id that it never had, as if SQS had forgotten the first one."""
        self.aws.client("sqs").send_message(
            QueueUrl=self.url,
            MessageBody=json.dumps(frame),
            MessageGroupId=frame["to"],
            MessageDeduplicationId=uuid.uuid4().hex,
        )

    def count(self, attribute: str) -> int:
        """Messages that wait, or that are being worked on."""
        answer = self.aws.client("sqs").get_queue_attributes(QueueUrl=self.url, AttributeNames=[attribute])
        return int(answer["Attributes"][attribute])

    def await_empty(self) -> None:
        """Wait until every message was worked off."""
        eventually(lambda: self.count(WAITING) + self.count(IN_FLIGHT) == 0, f"{self.url} is empty")

    @contextmanager
    def redelivering_after(self, seconds: int) -> Iterator[None]:
        """Give messages of dead workers out again sooner than production does, so that a test need not wait."""
        before = self.count(VISIBILITY)
        sqs = self.aws.client("sqs")
        sqs.set_queue_attributes(QueueUrl=self.url, Attributes={VISIBILITY: str(seconds)})
        try:
            yield
        finally:
            sqs.set_queue_attributes(QueueUrl=self.url, Attributes={VISIBILITY: str(before)})
