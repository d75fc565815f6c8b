import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.ports import free_port
from tests.integration.embedded_aws.resources import Journal, Resources, eventually

_NOTES_VERSIONS = """
import json, os

def handler(event, context):
    with open(os.environ["JOURNAL"], "a") as journal:
        journal.write(json.dumps([_version(record) for record in event["Records"]]) + "\\n")
    return {"batchItemFailures": []}

def _version(record):
    image = record["dynamodb"].get("NewImage") or {"version": {"N": "0"}}
    return [record["eventName"], record["dynamodb"]["Keys"]["agent"]["S"], int(image["version"]["N"])]
"""

_SENDS_BACK_ONE_ONCE = """
import json, os

def handler(event, context):
    is_first_run = not os.path.exists(os.environ["JOURNAL"])
    names = [record["dynamodb"]["Keys"]["agent"]["S"] for record in event["Records"]]
    with open(os.environ["JOURNAL"], "a") as journal:
        journal.write(json.dumps(names) + "\\n")
    failed = [record["dynamodb"]["SequenceNumber"] for record in event["Records"][2:] if is_first_run]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
"""

_CANNOT_TAKE_ONE = """
import json, os

def handler(event, context):
    names = [record["dynamodb"]["Keys"]["agent"]["S"] for record in event["Records"]]
    if "device/d-2" in names:
        raise ValueError("not an agent")
    with open(os.environ["JOURNAL"], "a") as journal:
        journal.write(json.dumps(names) + "\\n")
"""


def table_with_stream(aws: EmbeddedAws) -> tuple[str, str]:
    """A table of agents; answers its name and the ARN of its stream."""
    created = aws.client("dynamodb").create_table(
        TableName=f"agents-{uuid4().hex[:12]}",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "agent", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "agent", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    return created["TableName"], created["LatestStreamArn"]


@pytest.fixture
def stream(resources: Resources) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """A table, its stream, and a way to let a function follow it; what follows is taken away after the test."""
    table, stream_arn = table_with_stream(resources.aws)
    mappings: list[str] = []

    def follow(function_arn: str, **mapping: Any) -> None:
        created = resources.aws.client("lambda").create_event_source_mapping(
            EventSourceArn=stream_arn, FunctionName=function_arn, StartingPosition="TRIM_HORIZON", **mapping
        )
        mappings.append(created["UUID"])

    yield table, stream_arn, follow
    for mapping in mappings:
        resources.aws.client("lambda").delete_event_source_mapping(UUID=mapping)


def insert(table: str, agent: str) -> dict[str, Any]:
    statement = f"INSERT INTO \"{table}\" VALUE {{'agent': ?, 'version': ?}}"
    return {"Statement": statement, "Parameters": [{"S": agent}, {"N": "1"}]}


def update(table: str, agent: str, version: int) -> dict[str, Any]:
    statement = f'UPDATE "{table}" SET "version"=? WHERE "agent"=? AND "version"=?'  # noqa: S608 - it names a table
    return {"Statement": statement, "Parameters": [{"N": str(version)}, {"S": agent}, {"N": str(version - 1)}]}


def delete(table: str, agent: str) -> dict[str, Any]:
    statement = f'DELETE FROM "{table}" WHERE "agent"=?'  # noqa: S608 - it names a table
    return {"Statement": statement, "Parameters": [{"S": agent}]}


def heard(journal: Journal) -> list[Any]:
    return [record for batch in journal.entries() for record in batch]


def put_devices(aws: EmbeddedAws, table: str, count: int) -> None:
    aws.client("dynamodb").batch_execute_statement(
        Statements=[insert(table, f"device/d-{number}") for number in range(count)]
    )


def test_what_statements_write_is_in_the_stream_and_what_they_do_not_is_not(
    resources: Resources, stream: tuple[str, str, Callable[..., Any]]
) -> None:
    table, _, follow = stream
    journal = resources.journal()
    follow(resources.function(_NOTES_VERSIONS, journal=journal))
    dynamodb = resources.aws.client("dynamodb")

    dynamodb.batch_execute_statement(Statements=[insert(table, "device/d-1"), insert(table, "device/d-2")])
    dynamodb.batch_execute_statement(Statements=[update(table, "device/d-1", 2), update(table, "device/d-2", 9)])
    dynamodb.execute_statement(**delete(table, "device/d-2"))
    dynamodb.execute_transaction(TransactStatements=[update(table, "device/d-1", 3)])
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.execute_transaction(TransactStatements=[insert(table, "device/d-3"), update(table, "device/d-1", 9)])
    dynamodb.execute_statement(**update(table, "device/d-1", 4))

    eventually(lambda: len(heard(journal)) >= 6)
    assert heard(journal) == [
        ["INSERT", "device/d-1", 1],
        ["INSERT", "device/d-2", 1],
        ["MODIFY", "device/d-1", 2],
        ["REMOVE", "device/d-2", 0],
        ["MODIFY", "device/d-1", 3],
        ["MODIFY", "device/d-1", 4],
    ]


def test_a_filter_keeps_records_of_other_kinds_from_the_function(
    resources: Resources, stream: tuple[str, str, Callable[..., Any]]
) -> None:
    table, _, follow = stream
    journal = resources.journal()
    pattern = {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"agent": {"S": [{"prefix": "task/"}, {"prefix": "device/"}]}}},
    }
    follow(
        resources.function(_NOTES_VERSIONS, journal=journal),
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
    )
    dynamodb = resources.aws.client("dynamodb")

    names = ["task_scheduler/main", "task/t-1", "batch/b-1", "device/d-1"]
    dynamodb.batch_execute_statement(Statements=[insert(table, name) for name in names])
    dynamodb.execute_statement(**delete(table, "task/t-1"))
    dynamodb.execute_statement(**update(table, "device/d-1", 2))

    eventually(lambda: len(heard(journal)) >= 3)
    assert [record[1:] for record in heard(journal)] == [["task/t-1", 1], ["device/d-1", 1], ["device/d-1", 2]]


def test_a_batch_of_a_stream_gathers_for_its_window(
    resources: Resources, stream: tuple[str, str, Callable[..., Any]]
) -> None:
    table, _, follow = stream
    journal = resources.journal()
    follow(resources.function(_NOTES_VERSIONS, journal=journal), BatchSize=100, MaximumBatchingWindowInSeconds=2)

    for number in range(5):
        resources.aws.client("dynamodb").execute_statement(**insert(table, f"device/d-{number}"))
        time.sleep(0.1)

    assert [len(batch) for batch in eventually(journal.entries)] == [5]


def test_a_batch_that_is_full_does_not_wait_for_its_window(
    resources: Resources, stream: tuple[str, str, Callable[..., Any]]
) -> None:
    table, _, follow = stream
    journal = resources.journal()
    follow(resources.function(_NOTES_VERSIONS, journal=journal), BatchSize=4, MaximumBatchingWindowInSeconds=60)

    put_devices(resources.aws, table, 4)

    assert [len(batch) for batch in eventually(journal.entries)] == [4]


def test_records_that_are_sent_back_come_again_with_all_after_them(
    resources: Resources, stream: tuple[str, str, Callable[..., Any]]
) -> None:
    table, _, follow = stream
    journal = resources.journal()
    follow(
        resources.function(_SENDS_BACK_ONE_ONCE, journal=journal),
        BatchSize=5,
        MaximumBatchingWindowInSeconds=5,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    put_devices(resources.aws, table, 5)

    eventually(lambda: len(journal.entries()) == 2)
    assert journal.entries() == [[f"device/d-{n}" for n in range(5)], [f"device/d-{n}" for n in range(2, 5)]]


def test_a_record_that_always_fails_is_cut_out_and_named_to_the_queue(
    resources: Resources, stream: tuple[str, str, Callable[..., Any]]
) -> None:
    table, stream_arn, follow = stream
    journal = resources.journal()
    queue_url, queue_arn = resources.queue()
    follow(
        resources.function(_CANNOT_TAKE_ONE, journal=journal),
        BatchSize=5,
        MaximumBatchingWindowInSeconds=1,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )

    put_devices(resources.aws, table, 5)

    eventually(lambda: len(heard(journal)) == 4, within_seconds=20)
    assert heard(journal) == ["device/d-0", "device/d-1", "device/d-3", "device/d-4"]
    (message,) = resources.aws.client("sqs").receive_message(QueueUrl=queue_url, WaitTimeSeconds=1)["Messages"]
    failed = json.loads(message["Body"])
    assert failed["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert (failed["DDBStreamBatchInfo"]["streamArn"], failed["DDBStreamBatchInfo"]["batchSize"]) == (stream_arn, 1)


def test_a_slow_follower_of_a_stream_holds_up_no_queue(
    resources: Resources, stream: tuple[str, str, Callable[..., Any]]
) -> None:
    table, _, follow = stream
    journal = resources.journal()
    queue_url, queue_arn = resources.queue()
    resources.consume(
        queue_arn,
        resources.function(
            """
            import os

            def handler(event, context):
                with open(os.environ["JOURNAL"], "a") as journal:
                    journal.write('"taken"\\n')
            """,
            journal=journal,
        ),
    )
    follow(
        resources.function("""
        import time

        def handler(event, context):
            time.sleep(6)
    """)
    )

    put_devices(resources.aws, table, 1)
    time.sleep(1)
    resources.aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody="{}")

    assert eventually(journal.entries, within_seconds=4) == ["taken"]


def test_what_was_not_read_at_a_stop_is_read_after_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    with EmbeddedAws.start(folder, free_port(), persist=True) as aws:
        resources = Resources(aws, tmp_path)
        journal = resources.journal()
        table, stream_arn = table_with_stream(aws)
        function = resources.function(_NOTES_VERSIONS, journal=journal)
        aws.client("lambda").create_event_source_mapping(
            EventSourceArn=stream_arn,
            FunctionName=function,
            StartingPosition="TRIM_HORIZON",
            BatchSize=2,
            MaximumBatchingWindowInSeconds=3,
        )
        put_devices(aws, table, 3)
        eventually(lambda: len(heard(journal)) == 2)
    with EmbeddedAws.start(folder, free_port(), persist=True) as aws:
        aws.client("dynamodb").execute_statement(**update(table, "device/d-0", 2))
        eventually(lambda: len(heard(journal)) == 4)

    assert [record[1:] for record in heard(journal)[2:]] == [["device/d-2", 1], ["device/d-0", 2]]
