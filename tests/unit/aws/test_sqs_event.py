from typing import Any

from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.aws.sqs_event import item_failures, mailbox_records


def record(number: int) -> dict[str, Any]:
    """Lay a message of a FIFO queue out as Lambda does.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    return {
        "messageId": f"m-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": "{}",
        "attributes": {
            "ApproximateReceiveCount": str(number),
            "SentTimestamp": "1573251510774",
            "SequenceNumber": f"188494964604676961{number:02}",
            "MessageGroupId": "device/d-1",
            "SenderId": "AIDAIO23YVJENQZJOL4VO",
            "MessageDeduplicationId": "1",
            "ApproximateFirstReceiveTimestamp": "1573251510774",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:Mailbox-device.fifo",
        "awsRegion": "us-east-2",
    }


def test_messages_of_a_mailbox_are_read_in_order_with_receipt_and_receives():
    records = mailbox_records({"Records": [record(1), record(12)]})

    assert records == (
        MailboxRecord("m-1", "device/d-1", "Mailbox-device.fifo", 18849496460467696101, "{}", "receipt-1", 1),
        MailboxRecord("m-12", "device/d-1", "Mailbox-device.fifo", 18849496460467696112, "{}", "receipt-12", 12),
    )


def test_messages_that_must_come_again_are_named_for_lambda():
    assert item_failures(["m-1", "m-2"]) == {
        "batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-2"}]
    }
