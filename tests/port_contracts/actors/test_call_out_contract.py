"""What every CircuitStates does, and what becomes of calls in a queue."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lambdas.actors.circuits import Circuit, CircuitRules, CircuitStatus, opened, probed
from lambdas.actors.in_memory.circuit_states import InMemoryCircuitStates
from lambdas.actors.outbox import ExternalCall
from lambdas.actors.ports import CircuitStates
from lambdas.aws.dynamodb_circuit_states import DynamoDBCircuitStates
from lambdas.aws.sqs_external_caller import CallFormatError, SQSExternalCaller, decode_call
from lambdas.aws.sqs_message_visibility import hide
from tests.port_contracts.actors.conftest import AT_ONCE, technology
from tests.port_contracts.actors.technologies import Aws

EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPEN = opened(Circuit(version=1), NOON, CircuitRules())


@pytest.fixture(params=["memory", "moto", EMBEDDED])
def circuits(request: pytest.FixtureRequest) -> Iterator[CircuitStates]:
    if request.param == "memory":
        yield InMemoryCircuitStates()
        return
    for aws in technology(request, request.param):
        yield DynamoDBCircuitStates(aws.client("dynamodb"), records_table(aws))


def records_table(aws: Aws) -> str:
    name = f"records-{uuid4().hex[:12]}"
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("owner", "record")],
        KeySchema=[
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "record", "KeyType": "RANGE"},
        ],
    )
    return name


def test_a_circuit_that_was_never_written_is_closed(circuits: CircuitStates):
    assert circuits.read("erp") == Circuit()


def test_a_circuit_is_read_as_it_was_written(circuits: CircuitStates):
    half_open = probed(OPEN, "run-1/m-1", NOON, CircuitRules())

    assert circuits.change("erp", half_open)

    assert circuits.read("erp") == half_open
    assert circuits.read("crm") == Circuit()


def test_of_two_first_changes_one_is_made(circuits: CircuitStates):
    assert circuits.change("erp", Circuit(version=1, window_began=NOON, calls=1, failures=1))
    assert not circuits.change("erp", OPEN)

    assert circuits.read("erp").status is CircuitStatus.CLOSED


def test_a_change_of_an_older_circuit_is_not_made(circuits: CircuitStates):
    for version in (1, 2):
        assert circuits.change("erp", Circuit(version=version))

    assert not circuits.change("erp", Circuit(version=2, failures=9))
    assert not circuits.change("erp", Circuit(version=4))
    assert circuits.change("erp", Circuit(version=3, failures=1))
    assert circuits.read("erp") == Circuit(version=3, failures=1)


def test_calls_arrive_in_the_queue_with_their_keys(aws: Aws):
    queue = aws.queue()
    calls = [ExternalCall("erp", '{"order":"ü"}', f"device/d-1/7/{number}") for number in range(12)]

    assert not SQSExternalCaller(aws.client("sqs"), queue, AT_ONCE).hand_over(calls)

    arrived = [message for _ in range(4) for message in aws.received(queue)]
    assert sorted(map(decode_call_of, arrived), key=str) == sorted(calls, key=str)
    assert {message["Attributes"].get("MessageGroupId") for message in arrived} == {"erp"}


def test_a_destination_with_any_name_does_not_block_the_queue(aws: Aws):
    queue = aws.queue()
    calls = [ExternalCall(name, "null", name) for name in ("", "zwei Wörter", "x" * 200)]

    assert not SQSExternalCaller(aws.client("sqs"), queue, AT_ONCE).hand_over(calls)

    arrived = [message for _ in range(3) for message in aws.received(queue)]
    assert {decode_call_of(message).destination for message in arrived} == {call.destination for call in calls}


def test_calls_to_a_queue_that_is_gone_are_named(aws: Aws):
    caller = SQSExternalCaller(aws.client("sqs"), aws.queue() + "-gone", AT_ONCE)

    assert set(caller.hand_over([ExternalCall("erp", "{}", "k-1"), ExternalCall("erp", "{}", "k-2")])) == {0, 1}


def test_a_hidden_message_comes_after_its_wait_and_not_before(aws: Aws):
    queue = aws.queue()
    sqs = aws.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="now")
    (message,) = aws.received(queue)

    hide(sqs, queue, [(message["ReceiptHandle"], timedelta(seconds=0))])
    (again,) = aws.received(queue)
    hide(sqs, queue, [(again["ReceiptHandle"], timedelta(hours=1)), ("no-receipt", timedelta(seconds=1))])

    assert again["MessageId"] == message["MessageId"]
    assert not aws.received(queue)


@pytest.mark.parametrize("body", ["", "no call", "{}", '{"destination":"erp","payload":{}}', "[]"])
def test_what_is_no_call_is_named(body: str):
    with pytest.raises(CallFormatError, match="no call"):
        decode_call(body)


def decode_call_of(message: dict[str, str]) -> ExternalCall:
    return decode_call(message["Body"])
