"""What every EventPublisher and TaskCompleter does."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from lambdas.actors.in_memory.ways_out import InMemoryEventPublisher, InMemoryTaskCompleter
from lambdas.actors.outbox import FleetEventRecord, TaskAnswer
from lambdas.actors.ports import EventPublisher
from lambdas.aws.eventbridge_event_publisher import EventBridgeEventPublisher
from lambdas.aws.stepfunctions_task_completer import StepFunctionsTaskCompleter
from tests.port_contracts.actors.conftest import AT_ONCE, technology
from tests.port_contracts.actors.technologies import Aws

EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)


@dataclass(frozen=True)
class Bus:
    """A publisher, and what arrived of it: (detail type, detail)."""

    publisher: EventPublisher
    arrived: Callable[[int], list[tuple[str, dict[str, Any]]]]


@pytest.fixture(params=["memory", "moto", EMBEDDED])
def bus(request: pytest.FixtureRequest) -> Iterator[Bus]:
    if request.param == "memory":
        memory = InMemoryEventPublisher()
        yield Bus(memory, lambda count: [(event.type, json.loads(event.detail)) for event in memory.published])
        return
    for aws in technology(request, request.param):
        name, queue = aws.bus_into_queue()

        def arrived(count: int, aws: Aws = aws, queue: str = queue) -> list[tuple[str, dict[str, Any]]]:
            messages: list[dict[str, Any]] = []
            for _ in range(10):
                messages += aws.received(queue)
                if len(messages) >= count:
                    break
            events = [json.loads(message["Body"]) for message in messages]
            return [(event["detail-type"], event["detail"]) for event in events]

        yield Bus(EventBridgeEventPublisher(aws.client("events"), name, AT_ONCE), arrived)


def event(number: int) -> FleetEventRecord:
    event_id = f"device/d-1/7/{number}"
    return FleetEventRecord(event_id, "DeviceOnline", json.dumps({"device_id": "d-1", "event_id": event_id}))


def test_events_arrive_on_the_bus_with_type_and_id(bus: Bus):
    assert not bus.publisher.publish([event(1)])

    assert bus.arrived(1) == [("DeviceOnline", {"device_id": "d-1", "event_id": "device/d-1/7/1"})]


def test_more_events_than_one_call_takes_all_arrive(bus: Bus):
    assert not bus.publisher.publish([event(number) for number in range(13)])

    ids = {detail["event_id"] for _, detail in bus.arrived(13)}
    assert ids == {f"device/d-1/7/{number}" for number in range(13)}


def test_an_event_published_again_bears_the_same_id(bus: Bus):
    for _ in range(2):
        bus.publisher.publish([event(1)])

    assert {detail["event_id"] for _, detail in bus.arrived(2)} == {"device/d-1/7/1"}


def test_the_first_answer_to_a_token_stands_in_memory():
    completer = InMemoryTaskCompleter()

    assert not completer.complete([TaskAnswer("token", '"first"'), TaskAnswer("token", '"second"')])
    assert completer.answered == {"token": '"first"'}


def test_the_first_error_for_a_token_stands_in_memory():
    completer = InMemoryTaskCompleter()

    assert not completer.complete([TaskAnswer("token", "null", "Rejected", "halted"), TaskAnswer("token", '"late"')])
    assert (completer.failed, completer.answered) == ({"token": ("Rejected", "halted")}, {})


WAITS_FOR_A_TOKEN = {
    "StartAt": "Wait",
    "States": {
        "Wait": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "", "MessageBody": {"token.$": "$$.Task.Token"}},
            "TimeoutSeconds": 60,
            "End": True,
        }
    },
}


MOTO_WAITS_FOR_NOBODY = pytest.param(
    "moto", marks=pytest.mark.xfail(strict=True, reason="moto 5.2 runs no sqs:sendMessage.waitForTaskToken")
)


@pytest.fixture
def machines(request: pytest.FixtureRequest) -> Iterator[Aws]:
    yield from technology(request, request.param)


@pytest.mark.parametrize("machines", [MOTO_WAITS_FOR_NOBODY, EMBEDDED], indirect=True)
def test_an_answer_ends_the_task_once_and_a_second_answer_counts_as_given(machines: Aws):
    steps = machines.client("stepfunctions")
    execution, token = waiting_for_a_token(machines, machines.queue())
    completer = StepFunctionsTaskCompleter(steps, AT_ONCE)

    first = completer.complete([TaskAnswer(token, '{"verdict":"passed"}')])
    second = completer.complete([TaskAnswer(token, '{"verdict":"failed"}')])

    assert (len(first), len(second)) == (0, 0)
    assert json.loads(ended(steps, execution)["output"]) == {"verdict": "passed"}


@pytest.mark.parametrize("machines", [MOTO_WAITS_FOR_NOBODY, EMBEDDED], indirect=True)
def test_an_error_fails_the_task_with_its_cause(machines: Aws):
    steps = machines.client("stepfunctions")
    execution, token = waiting_for_a_token(machines, machines.queue())
    completer = StepFunctionsTaskCompleter(steps, AT_ONCE)

    assert not completer.complete([TaskAnswer(token, "null", error="Rejected", cause="the ring is halted")])
    assert not completer.complete([TaskAnswer(token, "{}")])

    described = ended(steps, execution)
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Rejected", "the ring is halted")


@pytest.mark.parametrize("machines", ["moto", EMBEDDED], indirect=True)
def test_an_answer_to_a_token_that_never_was_counts_as_given(machines: Aws):
    completer = StepFunctionsTaskCompleter(machines.client("stepfunctions"), AT_ONCE)

    assert not completer.complete([TaskAnswer("x" * 64, "{}")])


def waiting_for_a_token(machines: Aws, queue: str) -> tuple[str, str]:
    """Start an execution that waits; answer its ARN and the token it waits for."""
    definition = json.loads(json.dumps(WAITS_FOR_A_TOKEN))
    definition["States"]["Wait"]["Parameters"]["QueueUrl"] = queue
    steps = machines.client("stepfunctions")
    machine = steps.create_state_machine(
        name=f"waits-{uuid4().hex[:8]}",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::000000000000:role/any",
    )["stateMachineArn"]
    execution: str = steps.start_execution(stateMachineArn=machine)["executionArn"]
    message = next(message for _ in range(5) for message in machines.received(queue))
    return execution, json.loads(message["Body"])["token"]


def ended(steps: Any, execution: str) -> dict[str, Any]:
    for _ in range(100):
        described: dict[str, Any] = steps.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.1)
    raise AssertionError("the execution did not end within 10 s")
