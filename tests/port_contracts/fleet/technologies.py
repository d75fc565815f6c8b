"""What contract tests of the fleet's ports use, in moto or in the embedded AWS, each under a name of its own."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from lambdas.aws.dynamodb_device_metrics import LEASE_INDEX


def _unique(name: str) -> str:
    return f"{name}-{uuid4().hex[:12]}"


@dataclass(frozen=True)
class Aws:
    """One of the two: makes clients, and resources with unique names."""

    endpoint: Any
    """Has ``client(service)``."""

    def client(self, service: str) -> Any:
        return self.endpoint.client(service)

    def catalog_table(self) -> str:
        return self._table("catalog", ("kind", "name"))

    def metrics_table(self) -> str:
        """Make a table whose index holds what the true one does."""
        index = {
            "IndexName": LEASE_INDEX,
            "KeySchema": _key_schema("lease_shard", "device_id"),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["received_at"]},
        }
        return self._table("metrics", ("device_id", "sample"), index)

    def bucket(self) -> str:
        name = _unique("artifacts")
        self.client("s3").create_bucket(Bucket=name)
        return name

    def bus_into_queue(self) -> tuple[str, str]:
        """Make a bus and a queue that gets all of its events."""
        name = _unique("bus")
        sqs, events = self.client("sqs"), self.client("events")
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.create_event_bus(Name=name)
        events.put_rule(Name=name, EventBusName=name, EventPattern='{"source":["ringtree"]}', State="ENABLED")
        events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": arn}])
        return name, queue

    def received(self, queue_url: str) -> list[dict[str, Any]]:
        """Take what a queue has, as JSON."""
        answer = self.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=2)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def state_machine(self) -> str:
        """Make a state machine that waits a while, so that its executions run."""
        definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 2, "End": True}}}
        machine = self.client("stepfunctions").create_state_machine(
            name=_unique("deployment"),
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/machine",
        )
        arn: str = machine["stateMachineArn"]
        return arn

    def secret(self, text: str) -> str:
        arn: str = self.client("secretsmanager").create_secret(Name=_unique("secret"), SecretString=text)["ARN"]
        return arn

    def _table(self, name: str, keys: tuple[str, ...], index: dict[str, Any] | None = None) -> str:
        table = _unique(name)
        attributes = dict.fromkeys((*keys, *([key["AttributeName"] for key in index["KeySchema"]] if index else ())))
        self.client("dynamodb").create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in attributes],
            KeySchema=_key_schema(*keys),
            **({"GlobalSecondaryIndexes": [index]} if index else {}),
        )
        return table


def _key_schema(*keys: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)]
