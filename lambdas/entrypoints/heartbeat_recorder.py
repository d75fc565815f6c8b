"""Lambda function: keeps what heartbeats say, and tells the agents of devices when that changed."""

import os
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec

from lambdas.actors.actor_id import ActorId
from lambdas.agents.device.messages import DeviceHeard
from lambdas.aws.sqs_event import item_failures
from lambdas.fleet.device_samples import DeviceSample, LatestSample, lease_end
from lambdas.fleet.events import DeviceOnline, HeartbeatReceived
from lambdas.observability import logger
from lambdas.settings.heartbeat_recorder import HeartbeatRecorderSettings
from lambdas.wiring.heartbeat_recorder import RecorderPorts, recorder_ports


class HeartbeatOnBus(msgspec.Struct):
    """What EventBridge puts into the queue: the event and its envelope."""

    detail: HeartbeatReceived


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take an SQS batch of heartbeats from the bus; answer which of them must come again."""
    read = {record["messageId"]: _read(record) for record in event["Records"]}
    samples = {message_id: sample for message_id, sample in read.items() if sample is not None}
    unrecorded = record_heartbeats(_ports(), samples)
    again = [message_id for message_id, sample in read.items() if sample is None] + unrecorded
    logger.info("heartbeats recorded", extra={"heartbeats": len(samples), "sent_back": len(again)})
    return item_failures(again)


def record_heartbeats(ports: RecorderPorts, samples: Mapping[str, DeviceSample]) -> list[str]:
    """Record samples by message id; answers those to be recorded again. Repeats and disorder are harmless."""
    try:
        latest = ports.metrics.record(list(samples.values()))
    except Exception:  # noqa: BLE001 - whatever it was, every sample may be recorded again
        logger.exception("no heartbeat of the batch was recorded")
        return list(samples)

    untold: set[str] = set()
    for device_id, newest in latest.items():
        try:
            if newest.is_to_be_announced:
                announce(ports, newest)
        except Exception:  # noqa: BLE001 - one device's trouble is not another's
            logger.exception("a device's agent was not told", extra={"device_id": device_id})
            untold.add(device_id)
    return [message_id for message_id, sample in samples.items() if sample.device_id in untold]


def announce(ports: RecorderPorts, latest: LatestSample) -> None:
    """Tell the agent that the device is heard and what it runs; on its (re)appearance, tell the bus as well.

    Marked last: a crash before that announces again, under the same ids.
    """
    sample = latest.sample
    heard = DeviceHeard(sample.running_release, sample.received_at)
    ports.mailbox.tell(ActorId("device", sample.device_id), heard, f"heard-{sample.received_at.isoformat()}")
    if not latest.is_online:
        before = latest.online_since.isoformat() if latest.online_since else "never"
        online = DeviceOnline(sample.device_id, sample.received_at)
        ports.events.publish(online, f"online-{sample.device_id}-after-{before}")
    ports.metrics.mark_announced(latest)


def sample_of(heartbeat: HeartbeatReceived) -> DeviceSample:
    """What is kept of a heartbeat."""
    return DeviceSample(
        device_id=heartbeat.device_id,
        received_at=heartbeat.received_at,
        sampled_at=heartbeat.sampled_at,
        boot_id=heartbeat.boot_id,
        running_release=heartbeat.running_release,
        is_simulated=heartbeat.is_simulated,
        vitals=heartbeat.vitals,
        lease_until=lease_end(heartbeat.received_at, timedelta(seconds=heartbeat.next_heartbeat_seconds)),
    )


def _read(record: Mapping[str, Any]) -> DeviceSample | None:
    """Read a heartbeat; what is none is left to the queue's dead letters."""
    try:
        return sample_of(msgspec.json.decode(record["body"], type=HeartbeatOnBus).detail)
    except msgspec.DecodeError:
        logger.exception("not a heartbeat", extra={"message_id": record["messageId"]})
        return None


@cache
def _ports() -> RecorderPorts:
    return recorder_ports(HeartbeatRecorderSettings.from_environment(os.environ))
