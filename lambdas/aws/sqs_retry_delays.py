"""Delays of retries: the visibility timeouts of messages that a function did not handle.

What Lambda deletes are the messages that a partial batch response does not name; the others stay received and become
visible when their timeout ends (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html). That
timeout is what ChangeMessageVisibility sets, from the moment of the call and for this delivery only
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html). AWS's own
messaging library sets it from within functions in the same way (https://github.com/aws/aws-dotnet-messaging/pull/151).
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.aws.sqs_message_visibility import hide
from lambdas.observability import logger


class SQSRetryDelays:
    """A RetryDelays over the queues whose messages a function is given; one try each, failures are only logged."""

    def __init__(self, client: Any, queue_urls: Collection[str]) -> None:
        self._client = client
        self._urls = {url.rsplit("/", 1)[-1]: url for url in queue_urls}

    def postpone(self, delays: Sequence[tuple[MailboxRecord, timedelta]]) -> None:
        """Set the timeouts of messages, up to ten of one queue in a call."""
        waits: dict[str, list[tuple[str, timedelta]]] = {}
        for record, delay in delays:
            waits.setdefault(record.queue, []).append((record.receipt, delay))
        for queue, of_queue in waits.items():
            if queue in self._urls:
                hide(self._client, self._urls[queue], of_queue)
            else:
                logger.warning(
                    "retry delays were not set: the function was not given the URL of the queue",
                    extra={"queue": queue, "known": sorted(self._urls)},
                )
