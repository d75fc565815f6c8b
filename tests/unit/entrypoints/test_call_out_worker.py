"""The function that posts calls: in from SQS, out over HTTP, the rest back to the queue."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.actors.call_out_worker import CallOutWorker
from lambdas.actors.circuit_breaker import CircuitBreaker
from lambdas.actors.in_memory.circuit_states import InMemoryCircuitStates
from lambdas.actors.in_memory.dead_letter_store import InMemoryDeadLetterStore
from lambdas.actors.outbox import ExternalCall
from lambdas.aws.sqs_external_caller import encode_call
from lambdas.aws.urllib3_destinations import Urllib3Destinations
from lambdas.entrypoints import call_out_worker
from lambdas.settings.destinations import Destination
from lambdas.wiring.call_out_worker import CallOutPorts
from tests.unit.call_outs.http_server import DestinationServer, answers, running


@dataclass(frozen=True)
class Context:
    aws_request_id: str = "run-1"


@dataclass
class Function:
    """The handler with a destination on this machine, and what it told the queue."""

    server: DestinationServer
    letters: InMemoryDeadLetterStore
    hidden: list[tuple[str, timedelta]] = field(default_factory=list)

    def __call__(self, *records: dict[str, Any]) -> list[str]:
        answer = call_out_worker.handler({"Records": list(records)}, Context())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    with running(DestinationServer(answers(204))) as server:
        made = Function(server, InMemoryDeadLetterStore())
        worker = CallOutWorker(
            destinations=Urllib3Destinations({"erp": Destination(server.url)}, str, lambda: datetime.now(UTC)),
            breaker=CircuitBreaker(InMemoryCircuitStates()),
            letters=made.letters,
            clock=lambda: datetime.now(UTC),
            random_share=lambda: 0.0,
        )
        ports = CallOutPorts(worker, made.letters, made.hidden.extend)
        monkeypatch.setattr(call_out_worker, "_ports", lambda: ports)
        yield made


def record(number: int, body: str | None = None) -> dict[str, Any]:
    return {
        "messageId": f"m-{number}",
        "receiptHandle": f"receipt-{number}",
        "attributes": {
            "SentTimestamp": str(int(datetime.now(UTC).timestamp() * 1000)),
            "ApproximateReceiveCount": "3",
        },
        "body": encode_call(ExternalCall("erp", '{"order":1}', f"device/d-1/7/{number}")) if body is None else body,
    }


def test_calls_are_posted_and_deleted(function: Function):
    assert function(record(1), record(2)) == []

    assert {request.headers["Idempotency-Key"] for request in function.server.requests} == {
        "device/d-1/7/1",
        "device/d-1/7/2",
    }
    assert {request.body for request in function.server.requests} == {b'{"order":1}'}
    assert not function.hidden


def test_a_call_that_fails_comes_again_after_its_own_wait(function: Function):
    function.server.answer = answers(503, Retry_After="40")

    assert function(record(1)) == ["m-1"]
    assert function.hidden == [("receipt-1", timedelta(seconds=40))]


def test_a_refused_call_is_a_letter_and_leaves_the_queue(function: Function):
    function.server.answer = answers(410, b"gone")

    assert function(record(1)) == []
    letter = function.letters.get("call_out/erp", "refused/device/d-1/7/1/m-1")
    assert letter is not None
    assert letter.letter.reason == "answered 410: gone"
    assert letter.letter.attempts == 3


def test_what_is_no_call_is_a_letter_and_the_others_go_on(function: Function):
    assert function(record(1, "gibberish"), record(2)) == []

    letter = function.letters.get("call_out/unreadable", "refused/m-1")
    assert letter is not None
    assert letter.letter.body == "gibberish"
    assert len(function.server.requests) == 1


def test_an_operator_sees_open_circuits_in_the_metrics(function: Function, capsys: pytest.CaptureFixture[str]):
    function.server.answer = answers(500)
    for number in range(6):
        function(record(number))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "CircuitsOpen" in line]
    assert [line["CircuitsOpen"] for line in lines] == [[0.0], [0.0], [0.0], [0.0], [1.0], [1.0]]
    assert len(function.server.requests) == 5
