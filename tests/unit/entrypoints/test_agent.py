import io
import json
from typing import Any

import pytest

from lambdas.actors.flush import FlushPorts
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.in_memory.ways_out import (
    InMemoryEventPublisher,
    InMemoryTaskCompleter,
    InMemoryWakeUpScheduler,
)
from lambdas.actors.turn_loop import TurnLoop
from lambdas.entrypoints import agent
from lambdas.observability import logger
from lambdas.settings.agent import AgentSettings
from lambdas.settings.environment_fields import SettingError
from tests.unit.actors.relay_race import RUNNER_BEHAVIOR, RUNNER_REACH

SETTINGS = AgentSettings("runner", "agents", {"collector": "url"}, "bus", "wake-ups")


class Context:
    aws_request_id = "request-1"


def sqs_record(number: int, group: str, body: str) -> dict[str, Any]:
    return {
        "messageId": f"m-{number}",
        "receiptHandle": "r",
        "body": body,
        "attributes": {
            "MessageGroupId": group,
            "SequenceNumber": f"188494964604676961{number:02}",
            "ApproximateReceiveCount": "1",
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:Mailbox-runner.fifo",
    }


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> InMemoryStateStore:
    store = InMemoryStateStore()
    ports = FlushPorts(
        InMemoryMailboxes(), InMemoryWakeUpScheduler(), InMemoryEventPublisher(), InMemoryTaskCompleter()
    )
    loop = TurnLoop(RUNNER_BEHAVIOR, RUNNER_REACH, store, ports)
    monkeypatch.setattr(agent, "_turns", lambda: loop)
    monkeypatch.setattr(agent, "_settings", lambda: SETTINGS)
    return store


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    lines = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", lines)
    return lines


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def carry(word: str) -> str:
    return json.dumps({"to": "runner/r", "messages": [{"type": "Carry", "data": {"word": word}}]})


def test_messages_that_were_handled_are_acknowledged(store: InMemoryStateStore):
    answer = agent.handler({"Records": [sqs_record(1, "runner/r", carry("a"))]}, Context())

    assert answer == {"batchItemFailures": []}
    (item,) = store.items.values()
    assert item["committed_by"] == "request-1"
    assert item["lanes"]["normal"]["handled"] == "18849496460467696101"
    assert item["lanes"]["normal"]["queue"] == "Mailbox-runner.fifo"


def test_messages_that_must_come_again_are_named(store: InMemoryStateStore):
    records = [
        sqs_record(1, "runner/r", carry("a")),
        sqs_record(2, "runner/r", "poison"),
        sqs_record(3, "runner/r", carry("b")),
    ]

    answer = agent.handler({"Records": records}, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-2"}, {"itemIdentifier": "m-3"}]}


def test_an_invocation_writes_one_line_of_counts(store: InMemoryStateStore, log: io.StringIO):
    agent.handler({"Records": [sqs_record(1, "runner/r", carry("a"))]}, Context())

    (line,) = read(log)
    assert line["message"] == "turns"
    assert line["agent_kind"] == "runner"
    assert (line["messages"], line["agents"], line["commits"], line["frames"], line["sent_back"]) == (1, 1, 1, 1, 0)


def test_a_failure_is_logged_with_its_agent_and_counted_as_metric(
    store: InMemoryStateStore, log: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    agent.handler({"Records": [sqs_record(1, "runner/r", "poison")]}, Context())

    failure, counts = read(log)
    metric = json.loads(capsys.readouterr().out)
    assert (failure["agent"], failure["message_id"], failure["exception_name"]) == (
        "runner/r",
        "m-1",
        "FrameFormatError",
    )
    assert (counts["failures"], counts["sent_back"]) == (1, 1)
    assert (metric["MessagesSentBack"], metric["agent_kind"]) == ([1.0], "runner")


def test_settings_are_read_as_they_were_written():
    assert AgentSettings.from_environment(SETTINGS.to_environment()) == SETTINGS


@pytest.mark.parametrize("name", list(SETTINGS.to_environment()))
def test_a_missing_setting_is_named(name: str):
    environment = {key: value for key, value in SETTINGS.to_environment().items() if key != name}

    with pytest.raises(SettingError, match=name):
        AgentSettings.from_environment(environment)
