"""The stream of the agents table becomes journal entries."""

import base64
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import boto3
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, to_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.in_memory.journal import InMemoryJournal
from lambdas.actors.journal import JournalEntry
from lambdas.actors.turn_inputs import TurnInputs
from lambdas.aws.attribute_values import to_attribute_value
from lambdas.entrypoints import journal_writer
from lambdas.entrypoints.journal_writer import handler, keep
from lambdas.settings.journal_writer import JournalWriterSettings
from tests.unit.actors.recorded_life import NOON, incompressible
from tests.unit.entrypoints.aws_in_process import REGION, AwsInProcess

DEVICE = ActorId("device", "d-1")
COMMITTED_AT = NOON.replace(minute=5)


def item_of(version: int, state: str = '{"ring":"canary"}') -> AgentItem:
    turn = TurnInputs(NOON, "normal")
    return to_item(AgentRecord(DEVICE, version, state=state, committed_by=f"run-{version}", turn=turn))


def as_lambda_gives(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """An attribute value as Lambda writes it into its event: bytes as base64."""
    match value:
        case {"B": bytes(content)}:
            return {"B": base64.b64encode(content).decode()}
        case {"M": entries}:
            return {"M": {name: as_lambda_gives(entry) for name, entry in entries.items()}}
        case _:
            return value


def record_of(item: AgentItem, number: str = "") -> dict[str, Any]:
    image = {name: as_lambda_gives(to_attribute_value(value)) for name, value in item.items()}
    return {
        "eventName": "MODIFY",
        "dynamodb": {
            "Keys": {"agent": image["agent"]},
            "NewImage": image,
            "SequenceNumber": number or f"{item['version']:021}",
            "ApproximateCreationDateTime": COMMITTED_AT.timestamp(),
        },
    }


def refuse(records: Sequence[Any]) -> Collection[int]:
    return range(len(records))


def test_each_commit_becomes_an_entry():
    journal = InMemoryJournal()

    assert keep(journal, refuse, [record_of(item_of(1)), record_of(item_of(2))]) == []

    first, second = journal.span(DEVICE, 1, 2)
    assert (first.version, first.committed_by, first.committed_at) == (1, "run-1", COMMITTED_AT)
    assert (second.version, second.state) == (2, '{"ring":"canary"}')


def test_packed_items_are_read_from_their_base64():
    journal = InMemoryJournal()
    state = f'{{"log":"{incompressible(5000)}"}}'
    assert item_of(20, state)["packed"]

    assert keep(journal, refuse, [record_of(item_of(20, state))]) == []

    assert [entry.state for entry in journal.span(DEVICE, 20, 20)] == [state]


def test_records_that_come_again_change_nothing():
    journal = InMemoryJournal()
    records = [record_of(item_of(version)) for version in (1, 2, 3)]

    keep(journal, refuse, records)
    keep(journal, refuse, records[1:])

    assert [entry.version for entry in journal.page(DEVICE, 10).entries] == [3, 2, 1]


def test_removals_of_agents_are_passed_over():
    removal = {"eventName": "REMOVE", "dynamodb": {"Keys": {"agent": {"S": "device/d-1"}}, "SequenceNumber": "7"}}

    assert keep(InMemoryJournal(), refuse, [removal, record_of(item_of(2))]) == []


@pytest.mark.parametrize("damage", [{"packed": {"B": "%%%"}}, {"runtime": {"S": "{"}}, {"version": {"BOOL": True}}])
def test_what_is_no_agent_is_set_aside_and_the_rest_kept(damage: dict[str, Any]):
    journal, aside = InMemoryJournal(), list[Any]()

    def set_aside(records: Sequence[Any]) -> Collection[int]:
        aside.extend(records)
        return ()

    broken = record_of(item_of(2))
    broken["dynamodb"]["NewImage"] |= damage

    again = keep(journal, set_aside, [record_of(item_of(1)), broken, record_of(item_of(3))])

    assert (again, aside) == ([], [broken])
    assert [entry.version for entry in journal.page(DEVICE, 10).entries] == [3, 1]


def test_what_cannot_be_set_aside_either_comes_again():
    broken = record_of(item_of(2))
    broken["dynamodb"]["NewImage"] |= {"runtime": {"S": "{"}}

    assert keep(InMemoryJournal(), refuse, [broken]) == [f"{2:021}"]


class FullJournal(InMemoryJournal):
    """Takes no second entry of a call."""

    def append(self, entries: Sequence[JournalEntry]) -> Collection[int]:
        super().append(entries[:1])
        return range(1, len(entries))


def test_entries_that_were_not_kept_are_sent_back_by_their_sequence_numbers():
    records = [record_of(item_of(version)) for version in (1, 2, 3)]

    assert keep(FullJournal(), refuse, records) == [f"{2:021}", f"{3:021}"]


@pytest.fixture
def journal_table(aws: AwsInProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The function's table, named in its environment."""
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName="journal",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "agent", "AttributeType": "S"},
            {"AttributeName": "version", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "agent", "KeyType": "HASH"},
            {"AttributeName": "version", "KeyType": "RANGE"},
        ],
    )
    queue = boto3.client("sqs", region_name=REGION).create_queue(QueueName="unkept")["QueueUrl"]
    settings = JournalWriterSettings("journal", "artifacts", timedelta(days=1), queue)
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    made = (journal_writer._settings, journal_writer._journal, journal_writer._unkept)
    for one in made:
        one.cache_clear()
    yield "journal"
    for one in made:
        one.cache_clear()


def test_the_function_answers_as_lambda_expects(journal_table: str):
    broken = record_of(item_of(2))
    broken["dynamodb"]["NewImage"] = {"agent": {"S": "nobody"}}

    answer = handler({"Records": [record_of(item_of(1)), broken]}, None)

    assert answer == {"batchItemFailures": []}
    sqs = boto3.client("sqs", region_name=REGION)
    (aside,) = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="unkept")["QueueUrl"])["Messages"]
    assert json.loads(aside["Body"])["sequence_number"] == f"{2:021}"
    (item,) = boto3.client("dynamodb", region_name=REGION).scan(TableName=journal_table)["Items"]
    assert (item["agent"]["S"], item["version"]["N"]) == ("device/d-1", "1")
