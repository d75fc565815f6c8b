"""Whose calls were they: the heartbeats', our own looks', or the control plane's.

A running fleet makes all three at once. Heartbeats are told by what only they use: the emulator counts the messages of
their queue and the runs of their functions by name. Each heartbeat is one message in that queue, so it also tells how
many requests, reads and events heartbeats made. What is left is the control plane's; of an idle fleet nothing must be.
"""

from collections import Counter
from dataclasses import dataclass

from lab.embedded_aws.call_counter import CallCounts

Calls = Counter[tuple[str, str]]
"""By service and operation."""

HEARTBEAT_QUEUE = "HeartbeatIntakeHeartbeats"
RECORDER = "HeartbeatIntakeRecorder"
DEVICE_AUTHORIZER = "DeviceAuthorizer"

METRICS_TABLE = "DeviceMetrics"

LOOK = ("states", "DescribeExecution")
"""How a benchmark looks whether a deployment has ended; nothing else asks this."""


@dataclass(frozen=True, slots=True)
class AttributedCalls:
    """All calls of a stretch of time, each in one place."""

    heartbeats: Calls
    looks: Calls
    control_plane: Calls
    number_of_heartbeats: int


def attribute(counts: CallCounts, *, announcements: int) -> AttributedCalls:
    """Tell the calls of a stretch of time apart.

    ``announcements``: heartbeats that said something new of a device, so that its agent was told; the update of the
    device's item that remembers it is the control plane's.
    """
    heartbeats = counts.of_resource("sqs", "SendMessage", HEARTBEAT_QUEUE)
    of_functions = sum(counts.of_resource("lambda", "Invoke", function) for function in (RECORDER, DEVICE_AUTHORIZER))
    theirs: Calls = Counter(
        {
            ("execute-api", "Invoke"): heartbeats,
            ("lambda", "Invoke"): heartbeats + of_functions,
            ("dynamodb", "BatchGetItem"): heartbeats,
            ("dynamodb", "BatchWriteItem"): counts.of_resource("dynamodb", "BatchWriteItem", METRICS_TABLE),
            ("dynamodb", "UpdateItem"): max(0, counts.of("dynamodb", "UpdateItem") - announcements),
            ("events", "PutEvents"): heartbeats,
            ("sqs", "SendMessage"): heartbeats,
            ("sqs", "ReceiveMessage"): counts.of_resource("sqs", "ReceiveMessage", HEARTBEAT_QUEUE),
            ("sqs", "DeleteMessageBatch"): counts.of_resource("sqs", "DeleteMessageBatch", HEARTBEAT_QUEUE),
        }
    )
    looks: Calls = Counter({LOOK: counts.of(*LOOK)})
    rest = counts.by_operation - theirs - looks
    return AttributedCalls(+theirs, +looks, rest, heartbeats)
