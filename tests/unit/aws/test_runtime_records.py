from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.dead_letters import DeadLetter, Decision, LetterKind, LetterStatus, SettledLetter, held_letter_id
from lambdas.actors.letter_lists import POSITION_LIMIT_BYTES, listed_at, read_cursor, write_cursor
from lambdas.actors.outbox import EvictedMark, PromiseOutcome
from lambdas.actors.ports import CursorError, LetterDecidedError, PortUnavailableError, PromiseRecord
from lambdas.aws.dynamodb_dead_letter_store import DynamoDBDeadLetterStore
from lambdas.aws.dynamodb_mark_store import NAME_LIMIT_BYTES, DynamoDBMarkStore, mark_key
from lambdas.aws.dynamodb_promise_store import DynamoDBPromiseStore
from lambdas.aws.letter_items import VIEW_SHARDS, view_shards, write_decision, write_open
from lambdas.aws.promise_items import write_promise
from lambdas.aws.runtime_records import STATEMENTS_OF_A_CALL
from tests.unit.aws.scripted_client import AT_ONCE, ScriptedClient, refused

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DEVICE = ActorId("device", "d-1")
DROPPED = Decision(LetterStatus.DROPPED, "operator", "of no use", NOON)
PROMISE = PromiseRecord("p-1", "device/d-1", "Describe", NOON)
REPLIED = EncodedAnswer(Outcome.REPLIED)
UNREACHABLE = EndpointConnectionError(endpoint_url="x")
THROTTLED = {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
DUPLICATE = {"Error": {"Code": "DuplicateItem", "Message": "there"}}
NOT_MET = {"Error": {"Code": "ConditionalCheckFailed", "Message": "no"}}
HIGHER = {"Error": {"Code": "ConditionalCheckFailed", "Message": "no", "Item": {"sequence": {"N": "9"}}}}


def letter(number: int) -> DeadLetter:
    return DeadLetter("device/d-1", held_letter_id(number), LetterKind.HELD, "suspended", NOON, "normal", body="[]")


def mark(number: int, name: str = "") -> EvictedMark:
    return EvictedMark(DEVICE, name or f"batch/b-{number}|normal|normal", number, 20_450)


def outcome(number: int) -> PromiseOutcome:
    return PromiseOutcome(f"p-{number}", REPLIED)


def done(request: dict[str, Any]) -> dict[str, Any]:
    return {"Responses": [{} for _ in request["Statements"]]}


def statements(client: ScriptedClient) -> list[int]:
    return [len(request["Statements"]) for _, request in client.calls]


def condition_failed(**item: Any) -> ClientError:
    response: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "no"}}
    return ClientError(response | ({"Item": item} if item else {}), "Operation")


def test_twenty_five_letters_are_one_call_and_one_more_is_two():
    for count, calls in ((STATEMENTS_OF_A_CALL, [25]), (STATEMENTS_OF_A_CALL + 1, [25, 1])):
        client = ScriptedClient(done)

        assert not DynamoDBDeadLetterStore(client, "records", AT_ONCE).park([letter(n) for n in range(count)])
        assert statements(client) == calls


def test_no_letters_are_no_call():
    client = ScriptedClient(done)

    assert not DynamoDBDeadLetterStore(client, "records", AT_ONCE).park([])
    assert client.calls == []


def test_letters_that_were_not_taken_are_written_again_alone():
    client = ScriptedClient({"Responses": [{}, THROTTLED, DUPLICATE]}, {"Responses": [{}]})

    assert not DynamoDBDeadLetterStore(client, "records", AT_ONCE).park([letter(n) for n in range(3)])
    assert statements(client) == [3, 1]


def test_letters_that_are_never_taken_are_named_by_place_repeats_among_them_too():
    client = ScriptedClient({"Responses": [{}, THROTTLED]}, {"Responses": [THROTTLED]})

    unparked = DynamoDBDeadLetterStore(client, "records", AT_ONCE).park([letter(1), letter(2), letter(1)])

    assert unparked in ({1}, {0, 2})
    assert statements(client) == [2, 1, 1]


def test_a_table_that_does_not_answer_takes_nothing_and_the_rest_is_tried():
    client = ScriptedClient(UNREACHABLE, refused("ThrottlingException"), UNREACHABLE, done)

    unparked = DynamoDBDeadLetterStore(client, "records", AT_ONCE).park([letter(n) for n in range(26)])

    assert len(set(unparked)) == 25


def test_an_open_letter_is_in_its_agents_shard_of_the_view_and_never_expires():
    item = write_open(letter(1))

    assert (item["owner"], item["record"]) == ({"S": "device/d-1"}, {"S": "letter#held/000000000001"})
    assert item["view"]["S"] in view_shards()
    assert item["view"] == write_open(letter(2))["view"]
    assert item["listed_at"]["S"].startswith("2026-01-01T12:00:00.000000+00:00#")
    assert "expires_at" not in item
    assert len(set(view_shards())) == VIEW_SHARDS == 8


def test_a_decided_letter_leaves_the_view_and_is_kept_for_thirty_days():
    client = ScriptedClient({})

    DynamoDBDeadLetterStore(client, "records", AT_ONCE).decide("device/d-1", letter(1).letter_id, DROPPED)

    ((_, request),) = client.calls
    assert request["UpdateExpression"].endswith("REMOVE #view")
    assert request["ExpressionAttributeNames"]["#view"] == "view"
    expires = (NOON + timedelta(days=30)).timestamp()
    assert request["ExpressionAttributeValues"][":expires"] == {"N": str(int(expires))}


def test_a_decision_whose_answer_was_lost_has_been_made():
    client = ScriptedClient(condition_failed(decision={"S": write_decision(DROPPED)}))

    DynamoDBDeadLetterStore(client, "records", AT_ONCE).decide("device/d-1", "held/1", DROPPED)


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (condition_failed(), LetterDecidedError),
        (condition_failed(decision={"S": write_decision(replace(DROPPED, by="another"))}), LetterDecidedError),
        (refused("ThrottlingException"), PortUnavailableError),
        (UNREACHABLE, PortUnavailableError),
    ],
)
def test_a_decision_that_could_not_be_made_says_why(failure: Exception, raised: type[Exception]):
    with pytest.raises(raised):
        DynamoDBDeadLetterStore(ScriptedClient(failure), "records", AT_ONCE).decide("device/d-1", "held/1", DROPPED)


def test_held_messages_that_could_not_be_settled_are_named_by_place():
    client = ScriptedClient({}, UNREACHABLE, condition_failed(), refused("ThrottlingException"))
    settled = [SettledLetter("device/d-1", number, DROPPED) for number in range(1, 5)]

    assert set(DynamoDBDeadLetterStore(client, "records", AT_ONCE).settle(settled)) == {1, 3}


@pytest.mark.parametrize("failure", [refused("ThrottlingException"), UNREACHABLE])
def test_letters_that_cannot_be_read_are_unavailable(failure: Exception):
    store = DynamoDBDeadLetterStore(ScriptedClient(failure), "records", AT_ONCE)

    with pytest.raises(PortUnavailableError, match="records"):
        store.get("device/d-1", "held/1")
    with pytest.raises(PortUnavailableError, match="records"):
        store.held("device/d-1", 1, 10)
    for agent in ("device/d-1", None):
        with pytest.raises(PortUnavailableError, match="records"):
            store.list(agent, 10)


def test_a_page_of_all_letters_asks_each_shard_once():
    client = ScriptedClient({"Items": []})

    DynamoDBDeadLetterStore(client, "records", AT_ONCE).list(None, 10)

    asked = [request["ExpressionAttributeValues"][":view"]["S"] for _, request in client.calls]
    assert asked == list(view_shards())


def test_a_cursor_holds_the_longest_place_of_a_letter():
    longest = "x" * POSITION_LIMIT_BYTES
    fits, does_not = (replace(letter(1), letter_id=name) for name in (longest, longest + "x"))

    assert read_cursor(write_cursor(fits, "device/d-1"), "device/d-1") == longest
    with pytest.raises(CursorError):
        read_cursor(write_cursor(does_not, "device/d-1"), "device/d-1")
    assert len(listed_at(replace(letter(1), agent="x" * 128)).encode()) < POSITION_LIMIT_BYTES


def test_a_promise_is_kept_a_day_beyond_its_deadline():
    assert write_promise(PROMISE, "digest")["expires_at"] == {"N": str(int(NOON.timestamp()) + 86_400)}


def test_twenty_five_outcomes_are_one_call_and_one_more_is_two():
    for count, calls in ((STATEMENTS_OF_A_CALL, [25]), (STATEMENTS_OF_A_CALL + 1, [25, 1])):
        client = ScriptedClient(done)

        assert not DynamoDBPromiseStore(client, "records", AT_ONCE).keep([outcome(n) for n in range(count)])
        assert statements(client) == calls


def test_an_outcome_for_a_promise_that_is_gone_or_has_one_is_not_tried_again():
    client = ScriptedClient({"Responses": [NOT_MET, HIGHER]})

    assert not DynamoDBPromiseStore(client, "records", AT_ONCE).keep([outcome(1), outcome(2)])
    assert len(client.calls) == 1


def test_outcomes_that_are_never_taken_are_named_by_place():
    client = ScriptedClient({"Responses": [{}, THROTTLED]}, {"Responses": [THROTTLED]})

    unkept = DynamoDBPromiseStore(client, "records", AT_ONCE).keep([outcome(2), outcome(1)])

    assert len(set(unkept)) == 1
    assert len(client.calls) == AT_ONCE.tries


def test_an_outcome_that_comes_between_reading_and_timing_out_stands():
    kept = write_promise(PROMISE, "digest") | {"outcome": {"S": "replied"}, "answer": {"S": '{"outcome":"replied"}'}}
    client = ScriptedClient({"Item": write_promise(PROMISE, "digest")}, condition_failed(**kept))

    assert DynamoDBPromiseStore(client, "records", AT_ONCE).get("p-1", NOON) == replace(PROMISE, answer=REPLIED)


def test_a_promise_that_expires_between_reading_and_timing_out_is_gone():
    client = ScriptedClient({"Item": write_promise(PROMISE, "digest")}, condition_failed())

    assert DynamoDBPromiseStore(client, "records", AT_ONCE).get("p-1", NOON) is None


@pytest.mark.parametrize("failure", [refused("ThrottlingException"), UNREACHABLE])
def test_promises_are_unavailable_when_the_table_is(failure: Exception):
    store = DynamoDBPromiseStore(ScriptedClient(failure), "records", AT_ONCE)
    times_out = DynamoDBPromiseStore(
        ScriptedClient({"Item": write_promise(PROMISE, "digest")}, failure), "records", AT_ONCE
    )

    with pytest.raises(PortUnavailableError, match="did not take a promise"):
        store.make(PROMISE, "digest")
    with pytest.raises(PortUnavailableError, match="cannot be read"):
        store.get("p-1", NOON)
    with pytest.raises(PortUnavailableError, match="did not end a promise"):
        times_out.get("p-1", NOON)


def test_new_marks_are_one_call_and_known_ones_another():
    client = ScriptedClient({"Responses": [{}, DUPLICATE, DUPLICATE]}, {"Responses": [{}, HIGHER]})

    assert not DynamoDBMarkStore(client, "records", AT_ONCE).remember([mark(n) for n in range(3)])
    assert statements(client) == [3, 2]


def test_a_mark_that_expires_while_it_is_raised_must_come_again():
    client = ScriptedClient({"Responses": [DUPLICATE]}, {"Responses": [NOT_MET]})

    assert DynamoDBMarkStore(client, "records", AT_ONCE).remember([mark(1)]) == {0}


def test_marks_that_are_never_taken_are_named_by_place_lower_ones_of_the_same_name_too():
    client = ScriptedClient({"Responses": [THROTTLED, {}]}, {"Responses": [THROTTLED]})

    unkept = DynamoDBMarkStore(client, "records", AT_ONCE).remember([mark(5, "a"), mark(9, "b"), mark(3, "a")])

    assert unkept == {0, 2}


def test_a_mark_is_kept_through_the_last_day_on_which_a_repeat_may_come():
    client = ScriptedClient(done)

    DynamoDBMarkStore(client, "records", AT_ONCE).remember([EvictedMark(DEVICE, "a", 1, day=0)])

    (_, request) = client.calls[0]
    assert {"N": str(30 * 86_400)} in request["Statements"][0]["Parameters"]


def test_keys_that_were_not_read_are_asked_for_again_alone():
    first, second = (mark_key(DEVICE, name) for name in ("a", "b"))
    client = ScriptedClient(
        {
            "Responses": {"records": [first | {"sequence": {"N": "1"}}]},
            "UnprocessedKeys": {"records": {"Keys": [second]}},
        },
        {"Responses": {"records": [second | {"sequence": {"N": "2"}}]}, "UnprocessedKeys": {}},
    )

    found = DynamoDBMarkStore(client, "records", AT_ONCE).read([(DEVICE, "a"), (DEVICE, "b")])

    assert found == {(DEVICE, "a"): 1, (DEVICE, "b"): 2}
    assert client.calls[1][1]["RequestItems"]["records"]["Keys"] == [second]


def test_marks_are_unavailable_when_keys_are_never_read_or_the_table_does_not_answer():
    unread = {"Responses": {}, "UnprocessedKeys": {"records": {"Keys": [mark_key(DEVICE, "a")]}}}

    for answer in (unread, UNREACHABLE, refused("ThrottlingException")):
        with pytest.raises(PortUnavailableError, match="records"):
            DynamoDBMarkStore(ScriptedClient(answer), "records", AT_ONCE).read([(DEVICE, "a")])


def test_a_hundred_marks_are_one_call_and_one_more_is_two():
    for count, calls in ((100, [100]), (101, [100, 1])):
        client = ScriptedClient({"Responses": {}, "UnprocessedKeys": {}})

        DynamoDBMarkStore(client, "records", AT_ONCE).read([(DEVICE, str(number)) for number in range(count)])

        assert [len(request["RequestItems"]["records"]["Keys"]) for _, request in client.calls] == calls


def test_a_name_too_long_for_a_key_is_kept_under_its_digest():
    longest, longer = "x" * NAME_LIMIT_BYTES, "x" * (NAME_LIMIT_BYTES + 1)

    assert mark_key(DEVICE, longest)["record"] == {"S": f"mark#{longest}"}
    assert mark_key(DEVICE, longer)["record"]["S"].startswith("mark#sha256:")
    assert len(mark_key(DEVICE, longest)["record"]["S"].encode()) <= 1024
