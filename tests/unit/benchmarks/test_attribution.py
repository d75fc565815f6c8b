from collections import Counter

from lab.benchmarks.attribution import attribute
from lab.embedded_aws.call_counter import CallCounts

METRICS = "RingtreeData-DeviceMetricsTable-1"
QUEUE, RECORDER = "RingtreeApi-HeartbeatIntakeHeartbeats-1", "RingtreeApi-HeartbeatIntakeRecorder-1"


def idle_fleet(heartbeats: int, batches: int) -> CallCounts:
    """What heartbeats make: a request, a read and an event each, and the recorder's work by the batch."""
    return CallCounts(
        Counter(
            {
                ("execute-api", "Invoke"): heartbeats,
                ("lambda", "Invoke"): heartbeats + batches,
                ("dynamodb", "BatchGetItem"): heartbeats,
                ("dynamodb", "BatchWriteItem"): batches,
                ("dynamodb", "UpdateItem"): heartbeats,
                ("events", "PutEvents"): heartbeats,
                ("sqs", "SendMessage"): heartbeats,
                ("sqs", "ReceiveMessage"): batches,
                ("sqs", "DeleteMessageBatch"): batches,
            }
        ),
        Counter(
            {
                ("sqs", "SendMessage", QUEUE): heartbeats,
                ("sqs", "ReceiveMessage", QUEUE): batches,
                ("sqs", "DeleteMessageBatch", QUEUE): batches,
                ("lambda", "Invoke", RECORDER): batches,
                ("dynamodb", "BatchWriteItem", METRICS): batches,
            }
        ),
    )


def plus(counts: CallCounts, further: dict[tuple[str, str], int]) -> CallCounts:
    return CallCounts(counts.by_operation + Counter(further), counts.by_resource)


def test_an_idle_fleet_leaves_nothing_to_the_control_plane():
    calls = attribute(idle_fleet(heartbeats=100, batches=12), announcements=0)

    assert calls.number_of_heartbeats == 100
    assert calls.control_plane.total() == 0
    assert calls.heartbeats == idle_fleet(100, 12).by_operation


def test_what_heartbeats_did_not_make_is_the_control_planes():
    made = {("execute-api", "Invoke"): 5, ("lambda", "Invoke"): 9, ("dynamodb", "BatchWriteItem"): 3}

    calls = attribute(plus(idle_fleet(100, 12), made), announcements=0)

    assert calls.control_plane == Counter(made)


def test_remembering_that_an_agent_was_told_is_the_control_planes():
    calls = attribute(plus(idle_fleet(100, 12), {("dynamodb", "UpdateItem"): 7}), announcements=7)

    assert calls.control_plane == Counter({("dynamodb", "UpdateItem"): 7})


def test_our_own_looks_are_nobodys():
    calls = attribute(plus(idle_fleet(10, 2), {("states", "DescribeExecution"): 40}), announcements=0)

    assert calls.looks.total() == 40
    assert calls.control_plane.total() == 0
