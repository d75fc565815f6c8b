"""What the function heartbeat_recorder works with, and how it is put together with AWS."""

from dataclasses import dataclass
from datetime import UTC, datetime

from lambdas.actors.ports import Mailbox
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_device_metrics import DynamoDBDeviceMetrics, Keeping
from lambdas.aws.eventbridge_event_bus import EventBridgeEventBus
from lambdas.aws.lease_buckets import LeaseBuckets
from lambdas.aws.sqs_mailbox import SQSMailbox
from lambdas.fleet.ports import DeviceMetrics, EventBus
from lambdas.settings.heartbeat_recorder import HeartbeatRecorderSettings


@dataclass(frozen=True, slots=True)
class RecorderPorts:
    """Everything that the recorder may touch."""

    metrics: DeviceMetrics
    mailbox: Mailbox
    events: EventBus


def recorder_ports(settings: HeartbeatRecorderSettings) -> RecorderPorts:
    """Put the ports together with AWS."""
    keeping = Keeping(settings.series_retention, LeaseBuckets(settings.lease_bucket, settings.lease_shards))
    return RecorderPorts(
        metrics=DynamoDBDeviceMetrics(
            client("dynamodb"), settings.metrics_table, lambda: datetime.now(UTC), keeping=keeping
        ),
        mailbox=SQSMailbox(client("sqs"), settings.mailboxes),
        events=EventBridgeEventBus(client("events"), settings.event_bus),
    )
