"""Wake-ups far off, when DynamoDB takes only a part."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.outbox import WakeUp
from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.dynamodb_wake_up_calendar import REQUESTS_OF_A_CALL, ROWS_OF_A_PAGE, DynamoDBWakeUpCalendar
from tests.unit.aws.scripted_client import AT_ONCE, ScriptedClient, refused

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALL_TAKEN: dict[str, Any] = {"UnprocessedItems": {}}


def wake_ups(count: int) -> list[WakeUp]:
    return [WakeUp(ActorId("device", f"d-{number}"), NOON) for number in range(count)]


def calendar(client: ScriptedClient) -> DynamoDBWakeUpCalendar:
    return DynamoDBWakeUpCalendar(client, "records", AT_ONCE)


def requests(client: ScriptedClient) -> list[int]:
    return [len(request["RequestItems"]["records"]) for _, request in client.calls]


def test_no_call_holds_more_than_dynamodb_takes():
    client = ScriptedClient(ALL_TAKEN)

    assert not calendar(client).enter(wake_ups(REQUESTS_OF_A_CALL + 1))

    assert requests(client) == [REQUESTS_OF_A_CALL, 1]


def test_no_call_holds_two_rows_of_one_key_which_dynamodb_refuses_whole():
    client = ScriptedClient(ALL_TAKEN)
    (one,) = wake_ups(1)

    assert not calendar(client).enter([one, WakeUp(one.to, NOON + timedelta(seconds=1)), one])

    assert requests(client) == [1]


def test_what_was_not_processed_is_tried_again_alone():
    def leaves_the_last(request: dict[str, Any]) -> dict[str, Any]:
        return {"UnprocessedItems": {"records": request["RequestItems"]["records"][-1:]}}

    client = ScriptedClient(leaves_the_last, ALL_TAKEN)

    assert not calendar(client).enter(wake_ups(3))
    assert requests(client) == [3, 1]


def test_places_of_what_was_never_processed_are_answered_also_those_of_repeats():
    def leaves_the_first(request: dict[str, Any]) -> dict[str, Any]:
        wanted = [one for one in request["RequestItems"]["records"] if "d-0" in str(one)]
        return {"UnprocessedItems": {"records": wanted}}

    first, second = wake_ups(2)

    assert calendar(ScriptedClient(leaves_the_first)).enter([first, second, first]) == {0, 2}


def test_a_table_that_does_not_answer_keeps_nothing():
    client = ScriptedClient(refused("ProvisionedThroughputExceededException"))

    assert calendar(client).enter(wake_ups(2)) == {0, 1}
    assert len(client.calls) == AT_ONCE.tries


def test_wake_ups_that_cannot_be_struck_are_an_error_so_that_they_are_passed_on_again():
    client = ScriptedClient(lambda request: {"UnprocessedItems": request["RequestItems"]})

    with pytest.raises(PortUnavailableError, match="table records kept 2 wake-ups"):
        calendar(client).strike(wake_ups(2))


def test_pages_are_read_to_the_end_and_are_small_enough_to_be_moved_in_time():
    row = {"owner": {"S": "minute#..."}, "record": {"S": "device/d-1"}, "due": {"S": NOON.isoformat()}}
    key = {"owner": row["owner"], "record": row["record"]}
    client = ScriptedClient({"Items": [row], "LastEvaluatedKey": key}, {"Items": [row]}, {"Items": []})

    pages = list(calendar(client).due_in(NOON))

    assert [len(page) for page in pages] == [1, 1]
    assert client.calls[1][1]["ExclusiveStartKey"] == key
    assert {request["Limit"] for _, request in client.calls} == {ROWS_OF_A_PAGE}
    owners = [request["ExpressionAttributeValues"][":owner"]["S"] for _, request in client.calls]
    assert owners == [f"minute#2026-11-20T12:00#{shard}" for shard in (0, 0, 1, 2, 3)]
