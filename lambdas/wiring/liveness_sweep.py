"""What the function liveness_sweep works with, and how it is put together with AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lambdas.actors.leases import LeaseStore
from lambdas.actors.ports import Mailbox
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_device_metrics import DynamoDBDeviceMetrics, Keeping
from lambdas.aws.dynamodb_lease_store import DynamoDBLeaseStore
from lambdas.aws.eventbridge_event_bus import EventBridgeEventBus
from lambdas.aws.lease_buckets import LeaseBuckets
from lambdas.aws.sqs_mailbox import SQSMailbox
from lambdas.fleet.ports import DeviceMetrics, EventBus
from lambdas.settings.liveness_sweep import LivenessSweepSettings


@dataclass(frozen=True, slots=True)
class SweepPorts:
    """Everything that the sweep may touch."""

    metrics: DeviceMetrics
    mailbox: Mailbox
    events: EventBus
    clock: Callable[[], datetime]
    leases: LeaseStore
    lease: timedelta
    """How long a run holds the lease."""


def sweep_ports(settings: LivenessSweepSettings) -> SweepPorts:
    """Put the ports together with AWS."""
    keeping = Keeping(buckets=LeaseBuckets(settings.lease_bucket, settings.lease_shards))
    return SweepPorts(
        metrics=DynamoDBDeviceMetrics(client("dynamodb"), settings.metrics_table, _now, keeping=keeping),
        mailbox=SQSMailbox(client("sqs"), settings.mailboxes),
        events=EventBridgeEventBus(client("events"), settings.event_bus),
        clock=_now,
        leases=DynamoDBLeaseStore(client("dynamodb"), settings.runtime_records_table),
        lease=settings.lease,
    )


def _now() -> datetime:
    return datetime.now(UTC)
