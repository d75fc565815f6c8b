"""A customer's own rule on the fleet's bus: everything of Ringtree into a queue, read by the test."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lab.embedded_aws.emulator import EmbeddedAws
from tests.live_system.patience import eventually


@dataclass(slots=True)
class BusListener:
    """Remembers all events it has read; heartbeats are left out, there are too many."""

    aws: EmbeddedAws
    queue_url: str
    _heard: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def on(cls, aws: EmbeddedAws, bus: str) -> "BusListener":
        """Listen from now on."""
        name = f"listener-{uuid.uuid4().hex[:8]}"
        sqs, events = aws.client("sqs"), aws.client("events")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = {"source": ["ringtree"], "detail-type": [{"anything-but": ["HeartbeatReceived"]}]}
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
        return cls(aws, url)

    def events(self, kind: str, **fields: object) -> list[dict[str, Any]]:
        """Details of the events of a kind that have these fields, in the order they came."""
        self._read()
        return [
            event["detail"]
            for event in self._heard
            if event["detail-type"] == kind and all(event["detail"].get(name) == is_ for name, is_ in fields.items())
        ]

    def await_event(self, kind: str, within_seconds: float = 15.0, **fields: object) -> dict[str, Any]:
        """The first such event."""
        ask: Callable[[], list[dict[str, Any]]] = lambda: self.events(kind, **fields)  # noqa: E731
        return eventually(ask, f"{kind} {fields} on the bus", within_seconds)[0]

    def _read(self) -> None:
        sqs = self.aws.client("sqs")
        while True:
            messages = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages", [])
            if not messages:
                return
            self._heard += [json.loads(message["Body"]) for message in messages]
            entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=self.queue_url, Entries=entries)
