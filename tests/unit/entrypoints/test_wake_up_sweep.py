"""The functions that see to wake-ups far off and to those that were lost, over AWS in process."""

from datetime import UTC, datetime, timedelta

import boto3

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import to_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.outbox import WakeUp
from lambdas.aws.attribute_values import to_attribute_value
from lambdas.aws.dynamodb_wake_up_calendar import DynamoDBWakeUpCalendar
from lambdas.aws.sqs_wake_up_scheduler import decode_wake_up
from lambdas.entrypoints import wake_up_reconciliation, wake_up_sweep
from tests.unit.entrypoints.aws_in_process import REGION, AwsInProcess

DEVICE = ActorId("device", "d-1")


class Context:
    aws_request_id = "run-1"

    def __init__(self, remaining_milliseconds: int = 60_000) -> None:
        self._remaining_milliseconds = remaining_milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_milliseconds


def received(queue: str) -> list[str]:
    messages = boto3.client("sqs", region_name=REGION).receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [message["Body"] for message in messages.get("Messages", [])]


def test_a_wake_up_whose_time_has_come_is_moved_into_the_queue(aws: AwsInProcess):
    due = WakeUp(DEVICE, datetime.now(UTC) - timedelta(minutes=2))
    later = WakeUp(DEVICE, datetime.now(UTC) + timedelta(hours=2))
    DynamoDBWakeUpCalendar(boto3.client("dynamodb", region_name=REGION), "runtime_records").enter([due, later])

    first = wake_up_sweep.handler({}, Context())
    second = wake_up_sweep.handler({}, Context())

    assert (first["moved"], first["is_finished"], first["is_holder"]) == (1, True, True)
    assert (second["moved"], second["minutes"]) in {(0, 0), (0, 1)}
    assert [decode_wake_up(body) for body in received(aws.wake_up_queue)] == [due]


def test_a_run_that_has_no_time_left_sweeps_nothing_and_says_so(aws: AwsInProcess):
    report = wake_up_sweep.handler({}, Context(wake_up_sweep.RESERVE_MILLISECONDS))

    assert report == {"moved": 0, "minutes": 0, "is_finished": False, "is_holder": True}


def test_an_agent_whose_wake_up_was_lost_is_woken_through_its_mailbox(aws: AwsInProcess):
    lost = AgentRecord(DEVICE, 1, hinted=datetime.now(UTC) - timedelta(minutes=16))
    item = {name: to_attribute_value(value) for name, value in to_item(lost).items()}
    boto3.client("dynamodb", region_name=REGION).put_item(TableName="agents", Item=item)

    reports = [wake_up_reconciliation.handler({"segment": number, "segments": 2}, Context()) for number in range(2)]

    assert sum(report["woken"] for report in reports) == 1
    assert all(report["is_finished"] for report in reports)
    (body,) = received(aws.mailboxes["device"])
    assert '"messages":[]' in body
