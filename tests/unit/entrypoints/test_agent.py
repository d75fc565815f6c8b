import io
import json
from dataclasses import replace
from typing import Any

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import from_item
from lambdas.actors.draft import Counts
from lambdas.actors.in_memory.ports import InMemoryPorts, in_memory_ports
from lambdas.actors.ports import CommitOutcome, CommitStatus, PortUnavailableError
from lambdas.actors.turn_failure import TurnFailure
from lambdas.actors.turn_loop import TurnLoop
from lambdas.actors.turn_report import TurnReport
from lambdas.entrypoints import agent
from lambdas.observability import logger
from lambdas.settings.agent import AgentSettings
from lambdas.settings.environment_fields import SettingError
from tests.unit.actors.relay_race import RUNNER_BEHAVIOR, RUNNER_REACH

SETTINGS = AgentSettings(
    agent_kind="runner",
    agents_table="agents",
    runtime_records_table="records",
    claims_bucket="artifacts",
    lanes={"Mailbox-runner.fifo": "normal", "Mailbox-runner-control.fifo": "control"},
    mailboxes={"runner": "url", "runner.control": "url", "collector": "url"},
    event_bus="bus",
    wake_up_queue="wake-ups",
    call_out_queue="call-outs",
)
RUNNER = ActorId("runner", "r")


class Context:
    aws_request_id = "request-1"


def sqs_record(number: int, group: str, body: str, queue: str = "Mailbox-runner.fifo") -> dict[str, Any]:
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
        "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
    }


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> InMemoryPorts:
    world = in_memory_ports()
    loop = TurnLoop(RUNNER_BEHAVIOR, RUNNER_REACH, world.runtime(), lambda: 0.0)
    monkeypatch.setattr(agent, "_turns", lambda: loop)
    monkeypatch.setattr(agent, "_settings", lambda: SETTINGS)
    return world


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    lines = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", lines)
    return lines


def read(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def told(message_type: str, **data: Any) -> str:
    return json.dumps({"to": "runner/r", "messages": [{"type": message_type, "data": data}]})


def test_messages_that_were_handled_are_acknowledged(world: InMemoryPorts):
    answer = agent.handler({"Records": [sqs_record(1, "runner/r", told("Carry", word="a"))]}, Context())

    assert answer == {"batchItemFailures": []}
    record = from_item(world.store.items[RUNNER])
    assert record.committed_by == "request-1"
    assert record.lanes["normal"].handled == 18849496460467696101
    assert record.lanes["normal"].queue == "Mailbox-runner.fifo"


def test_messages_of_another_queue_run_in_its_lane(world: InMemoryPorts):
    carry = told("Carry", word="a")
    agent.handler({"Records": [sqs_record(1, "runner/r", carry, "Mailbox-runner-control.fifo")]}, Context())

    assert from_item(world.store.items[RUNNER]).lanes.keys() == {"control"}


def test_a_queue_without_a_lane_is_named(world: InMemoryPorts):
    with pytest.raises(SettingError, match=r"queue 'Elsewhere.fifo' is not one of LANES \['Mailbox-runner"):
        agent.handler({"Records": [sqs_record(1, "runner/r", told("Carry", word="a"), "Elsewhere.fifo")]}, Context())


def test_messages_that_must_come_again_are_named_and_postponed(world: InMemoryPorts):
    records = [
        sqs_record(1, "runner/r", told("Carry", word="a")),
        sqs_record(2, "runner/r", told("Stumble")),
        sqs_record(3, "runner/r", told("Carry", word="b")),
    ]

    answer = agent.handler({"Records": records}, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-2"}, {"itemIdentifier": "m-3"}]}
    assert [record.message_id for record, _ in world.delays.postponed] == ["m-2", "m-3"]


def test_an_invocation_writes_one_line_of_counts_and_no_metric(
    world: InMemoryPorts, log: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    agent.handler({"Records": [sqs_record(1, "runner/r", told("Carry", word="a"))]}, Context())

    (line,) = read(log.getvalue())
    assert (line["message"], line["agent_kind"], line["lane"]) == ("turns", "runner", "normal")
    assert (line["messages"], line["agents"], line["commits"], line["frames"], line["sent_back"]) == (1, 1, 1, 1, 0)
    assert capsys.readouterr().out == ""


def test_a_failure_within_its_attempts_is_logged_with_its_agent_and_calls_nobody(
    world: InMemoryPorts, log: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    agent.handler({"Records": [sqs_record(1, "runner/r", told("Stumble"))]}, Context())

    failure, counts = read(log.getvalue())
    assert (failure["agent"], failure["message_id"]) == ("runner/r", "m-1")
    assert (counts["failures"], counts["sent_back"]) == (1, 1)
    assert capsys.readouterr().out == ""


def test_a_message_that_is_set_aside_is_counted_and_counted_by_the_kind_of_letter(
    world: InMemoryPorts, log: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    for _ in range(RUNNER_BEHAVIOR.max_attempts):
        capsys.readouterr()
        answer = agent.handler({"Records": [sqs_record(1, "runner/r", told("Stumble"))]}, Context())

    total, parked = read(capsys.readouterr().out)
    assert answer == {"batchItemFailures": []}
    assert (total["DeadLetters"], total["agent_kind"]) == ([1.0], "runner")
    assert (parked["DeadLetters"], parked["letter_kind"]) == ([1.0], "parked")
    assert "letter_kind" not in total
    assert [letter.letter.attempts for letter in world.letters.list("runner/r", 9).letters] == [5]


def test_what_no_number_of_attempts_ends_is_counted_as_sent_back(
    world: InMemoryPorts, log: io.StringIO, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    lost = CommitOutcome(CommitStatus.FAILED, "ThrottlingError: slow down")
    monkeypatch.setattr(world.store, "commit", lambda _: {RUNNER: lost})

    answer = agent.handler({"Records": [sqs_record(1, "runner/r", told("Carry", word="a"))]}, Context())

    (metric,) = read(capsys.readouterr().out)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert (metric["MessagesSentBack"], metric["agent_kind"]) == ([1.0], "runner")


def test_metrics_are_told_apart():
    quiet = TurnReport(messages=10, turns=Counts(applied=10))
    assert set(agent.metrics_of(quiet).values()) == {0}

    letters = replace(quiet, turns=Counts(expired=1, parked=2, held=3, refused=4))
    assert agent.metrics_of(letters) == {"MessagesSentBack": 0, "DeadLetters": 9, "MessagesExpired": 1}
    assert agent.letters_of(letters) == {"parked": 2, "held": 3, "refused": 4}

    retried = quiet.with_failure(TurnFailure("runner/r", "m-1", ValueError("reaction")), ["m-1", "m-2"])
    assert agent.metrics_of(retried)["MessagesSentBack"] == 0

    troubled = quiet.with_failure(TurnFailure("runner/r", "m-1", PortUnavailableError("gone")), ["m-1", "m-2"])
    assert agent.metrics_of(troubled)["MessagesSentBack"] == 2


def test_settings_are_read_as_they_were_written():
    assert AgentSettings.from_environment(SETTINGS.to_environment()) == SETTINGS


@pytest.mark.parametrize("name", list(SETTINGS.to_environment()))
def test_a_missing_setting_is_named(name: str):
    environment = {key: value for key, value in SETTINGS.to_environment().items() if key != name}

    with pytest.raises(SettingError, match=name):
        AgentSettings.from_environment(environment)
