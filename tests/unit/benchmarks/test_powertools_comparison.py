"""The two functions that are compared do the same, and the fake AWS between them counts what they do."""

import base64
import importlib
from collections.abc import Iterator
from types import ModuleType

import boto3
import msgspec
import pytest

from lab.benchmarks import message_probe, meter, runtime_probe
from lab.benchmarks.fake_aws import FakeAws, UnknownCallError, answering_in_process
from lab.benchmarks.message_probe import Run, batch
from lab.benchmarks.powertools_comparison import ENVIRONMENT, PerMessage, bill_of_messages
from lambdas.actors.agent_item import stored_state
from lambdas.aws import clients
from lambdas.aws.attribute_values import from_stored_item
from lambdas.entrypoints import agent


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(agent, "spec_of", lambda _kind: meter.SPEC)
    _forget()
    with answering_in_process() as fake:
        yield fake
    _forget()


def _forget() -> None:
    clients._client.cache_clear()
    for kept in (agent._settings, agent._turns):
        kept.cache_clear()


@pytest.fixture
def idiom(fake: FakeAws) -> ModuleType:
    """Its module makes a client when it is imported: each test wants one that its own fake answers."""
    return importlib.reload(importlib.import_module("lab.benchmarks.powertools_idiom"))


def meter_in(fake: FakeAws, *, of_runtime: bool) -> meter.Meter:
    item = fake.items["agents", "meter/m-0"]
    state = stored_state(from_stored_item(_with_bytes(item))) if of_runtime else item["state"]["S"]
    return msgspec.json.decode(state, type=meter.Meter)


def _with_bytes(item: dict) -> dict:
    return {name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in item.items()}


def test_both_functions_bring_a_meter_to_the_same_state(fake: FakeAws, idiom: ModuleType):
    meters = {}
    for name, handler in (("runtime", agent.handler), ("idiom", idiom.handler)):
        message_probe._number = iter(range(1, 1_000))
        body = message_probe.FUNCTIONS[name][1]
        for _ in range(3):
            assert handler(batch(body, 2, 2), Run(f"run-{next(message_probe._number)}"))["batchItemFailures"] == []
        meters[name] = meter_in(fake, of_runtime=name == "runtime")
        fake.items.clear()

    assert meters["runtime"] == meters["idiom"]
    assert meters["runtime"].readings == 6


def test_calls_of_ten_agents_are_three_against_fifty(fake: FakeAws, idiom: ModuleType):
    agent.handler(batch(message_probe.frame, 10, 1), Run("run-1"))
    ours = dict(fake.calls)
    fake.reset()
    fake.items.clear()
    idiom.handler(batch(lambda _address, reading: reading, 10, 1), Run("run-2"))

    assert ours == {"BatchGetItem": 1, "BatchExecuteStatement": 1, "SendMessageBatch": 1}
    assert dict(fake.calls) == {"PutItem": 20, "GetItem": 10, "SendMessage": 10, "UpdateItem": 10}


def test_the_idiom_remembers_each_message_as_done(fake: FakeAws, idiom: ModuleType):
    event = batch(lambda _address, reading: reading, 1, 1)
    idiom.handler(event, Run("run-1"))

    assert fake.items["idempotency", _idempotency_key(fake)]["status"] == {"S": "COMPLETED"}


def _idempotency_key(fake: FakeAws) -> str:
    ((_, key),) = [key for key in fake.items if key[0] == "idempotency"]
    return key


def test_a_call_that_nobody_expects_is_named(fake: FakeAws):
    with pytest.raises(UnknownCallError, match="ListTables"):
        boto3.client("dynamodb").list_tables()


def test_the_runtime_alone_is_measured_in_microseconds(monkeypatch: pytest.MonkeyPatch):
    for name in ("FIRST_BATCHES", "ROUNDS", "BATCHES_OF_A_ROUND"):
        monkeypatch.setattr(runtime_probe, name, 2)

    assert 1e-6 < runtime_probe.seconds_of_a_message(10, 1) < 1e-2


def test_the_bill_of_a_message_has_its_share_of_the_batch():
    taken = PerMessage(seconds=0.001, calls=0.3, write_units=1.0, read_units=1.0, sends=0.1)

    lines = {line.what: line for line in bill_of_messages(taken, (10, 1)).lines}

    assert lines["SQS, received and deleted"].units == pytest.approx(0.2)
    assert lines["Lambda requests"].units == pytest.approx(0.1)
    assert lines["SQS, sent"].units == pytest.approx(0.1)
    assert lines["Lambda duration"].units == pytest.approx((0.001 + 0.3 * 0.005) * 0.5)
    assert lines["Lambda duration"].is_assumed
