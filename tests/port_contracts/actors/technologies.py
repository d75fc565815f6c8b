"""The tables and queues that contract tests use, in moto or in the embedded AWS, each under a name of its own."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from lambdas.actors.lanes import mailbox_name
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.aws.dynamodb_agent_directory import KIND_INDEX
from lambdas.aws.runtime_records import LISTED_AT, OWNER, RECORD, VIEW, VIEW_INDEX

MOTO_LIES = pytest.mark.xfail(
    strict=True,
    reason="moto 5.2 does not run PartiQL: its parser takes no parameters in INSERT and knows no conditions in UPDATE",
)

KINDS = ("runner", "collector")
LANES = {"runner": ("control", "normal")}
"""Lanes of kinds that have others than the normal one."""


@dataclass(frozen=True)
class Aws:
    """One of the two: makes clients, and resources with unique names."""

    endpoint: Any
    """Has ``client(service)``."""

    def client(self, service: str) -> Any:
        return self.endpoint.client(service)

    def agents_table(self) -> str:
        name = f"agents-{uuid4().hex[:12]}"
        self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("agent", "kind_shard")],
            KeySchema=[{"AttributeName": "agent", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": KIND_INDEX,
                    "KeySchema": [
                        {"AttributeName": "kind_shard", "KeyType": "HASH"},
                        {"AttributeName": "agent", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["listed"]},
                }
            ],
        )
        return name

    def mailboxes(self) -> dict[str, str]:
        unique = uuid4().hex[:12]
        names = [mailbox_name(kind, lane) for kind in KINDS for lane in LANES.get(kind, ("normal",))]
        return {name: self._mailbox(f"{name.replace('.', '-')}-{unique}.fifo") for name in names}

    def runtime_records_table(self) -> str:
        name = f"runtime-records-{uuid4().hex[:12]}"
        keys = (OWNER, RECORD, VIEW, LISTED_AT)
        self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=key_schema(OWNER, RECORD),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": VIEW_INDEX,
                    "KeySchema": key_schema(VIEW, LISTED_AT),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        return name

    def journal_table(self) -> str:
        name = f"journal-{uuid4().hex[:12]}"
        self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "agent", "AttributeType": "S"},
                {"AttributeName": "version", "AttributeType": "N"},
            ],
            KeySchema=key_schema("agent", "version"),
        )
        return name

    def bucket(self) -> str:
        name = f"claims-{uuid4().hex[:12]}"
        self.client("s3").create_bucket(Bucket=name)
        return name

    def queue(self) -> str:
        url: str = self.client("sqs").create_queue(QueueName=f"queue-{uuid4().hex[:12]}")["QueueUrl"]
        return url

    def bus_into_queue(self) -> tuple[str, str]:
        """Make a bus and a queue that gets all of its events."""
        name = f"bus-{uuid4().hex[:12]}"
        queue = self.queue()
        attributes = self.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        events = self.client("events")
        events.create_event_bus(Name=name)
        events.put_rule(Name=name, EventBusName=name, EventPattern='{"source":["ringtree"]}', State="ENABLED")
        events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])
        return name, queue

    def received(self, queue_url: str, limit: int = 10) -> list[dict[str, Any]]:
        """Take what a queue has at once."""
        answer = self.client("sqs").receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=limit, AttributeNames=["All"], WaitTimeSeconds=1
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _mailbox(self, name: str) -> str:
        attributes = {
            "FifoQueue": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
            "VisibilityTimeout": "30",
        }
        url: str = self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url


def key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def as_record(message: dict[str, Any]) -> MailboxRecord:
    """Read a received message as Lambda would give it."""
    attributes = message["Attributes"]
    return MailboxRecord(
        message_id=message["MessageId"],
        agent=attributes["MessageGroupId"],
        queue="mailbox",
        sequence_number=int(attributes["SequenceNumber"]),
        body=message["Body"],
        receipt=message["ReceiptHandle"],
        receives=int(attributes["ApproximateReceiveCount"]),
    )
