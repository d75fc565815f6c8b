"""The event that Lambda makes of SQS messages, and the answer it expects."""

from collections.abc import Collection, Mapping
from typing import Any

from lambdas.actors.mailbox_record import MailboxRecord


def mailbox_records(event: Mapping[str, Any]) -> tuple[MailboxRecord, ...]:
    """Read the messages of a FIFO mailbox, in order."""
    return tuple(
        MailboxRecord(
            message_id=record["messageId"],
            agent=record["attributes"]["MessageGroupId"],
            queue=record["eventSourceARN"].rsplit(":", 1)[-1],
            sequence_number=int(record["attributes"]["SequenceNumber"]),
            body=record["body"],
            receipt=record["receiptHandle"],
            receives=int(record["attributes"]["ApproximateReceiveCount"]),
        )
        for record in event["Records"]
    )


def item_failures(message_ids: Collection[str]) -> dict[str, Any]:
    """Name the messages that must come again; Lambda deletes all others of the batch."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in message_ids]}
