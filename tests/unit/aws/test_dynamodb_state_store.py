from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import to_item
from lambdas.actors.agent_record import AgentRecord, LaneRecord
from lambdas.actors.ports import CommitStatus, PortUnavailableError
from lambdas.aws.attribute_values import AttributeTypeError, from_attribute_value, to_attribute_value
from lambdas.aws.dynamodb_state_store import DynamoDBStateStore
from tests.unit.aws.scripted_client import AT_ONCE, ScriptedClient, refused

AGENT = ActorId("device", "d-1")


def item(version: int, key: str = "d-1") -> Any:
    record = AgentRecord(
        ActorId("device", key), version, state="{}", lanes={"normal": LaneRecord("q", 5)}, committed_by="mine"
    )
    return to_item(record)


def stored(version: int, token: str) -> dict[str, Any]:
    return {"version": {"N": str(version)}, "committed_by": {"S": token}}


def store_of(*script: Any) -> tuple[DynamoDBStateStore, ScriptedClient]:
    client = ScriptedClient(*script)
    return DynamoDBStateStore(client, "agents", AT_ONCE), client


def error(code: str, **more: Any) -> dict[str, Any]:
    return {"Responses": [{"Error": {"Code": code, "Message": "no", **more}}]}


def test_a_first_version_is_inserted():
    store, client = store_of({"Responses": [{}]})

    outcomes = store.commit([item(1)])

    statement = client.calls[0][1]["Statements"][0]
    assert outcomes[AGENT].status is CommitStatus.COMMITTED
    assert statement["Statement"].startswith("INSERT INTO \"agents\" VALUE {'agent': ?, 'version': ?, ")
    assert statement["Parameters"][:2] == [{"S": "device/d-1"}, {"N": "1"}]


def test_a_further_version_is_an_update_of_the_one_before_it():
    store, client = store_of({"Responses": [{}]})

    store.commit([item(8)])

    statement = client.calls[0][1]["Statements"][0]
    assert statement["Statement"].startswith('UPDATE "agents" SET "version"=? SET "schema"=? ')
    assert statement["Statement"].endswith(' WHERE "agent"=? AND "version"=?')
    assert statement["Parameters"][0] == {"N": "8"}
    assert statement["Parameters"][-2:] == [{"S": "device/d-1"}, {"N": "7"}]
    assert statement["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_a_statement_is_shorter_than_what_dynamodb_reads():
    store, client = store_of({"Responses": [{}, {}]})

    store.commit([item(1), item(2, "d-2")])

    assert all(len(statement["Statement"]) < 8192 for statement in client.calls[0][1]["Statements"])


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (error("ConditionalCheckFailed"), CommitStatus.FENCED),
        (error("ConditionalCheckFailed", Item=stored(2, "other")), CommitStatus.FENCED),
        (error("ConditionalCheckFailed", Item=stored(3, "mine")), CommitStatus.FENCED),
        (error("ConditionalCheckFailed", Item=stored(2, "mine")), CommitStatus.COMMITTED),
        (error("DuplicateItem"), CommitStatus.FENCED),
        (error("ValidationError"), CommitStatus.FAILED),
    ],
)
def test_an_answer_to_a_statement_is_judged(answer: dict[str, Any], status: CommitStatus):
    store, _ = store_of(answer)

    assert store.commit([item(2)])[AGENT].status is status


def test_a_failed_statement_says_why():
    store, _ = store_of(error("ProvisionedThroughputExceeded"))

    assert store.commit([item(2)])[AGENT].reason == "ProvisionedThroughputExceeded: no"


def test_only_statements_that_could_not_be_run_are_tried_again():
    failed = error("ThrottlingError")["Responses"][0]
    store, client = store_of({"Responses": [{}, failed]}, {"Responses": [{}]})

    outcomes = store.commit([item(2), item(2, "d-2")])

    assert {outcome.status for outcome in outcomes.values()} == {CommitStatus.COMMITTED}
    assert [len(request["Statements"]) for _, request in client.calls] == [2, 1]


def test_a_statement_that_stays_throttled_fails_after_a_few_tries():
    store, client = store_of(error("ThrottlingError"))

    assert store.commit([item(2)])[AGENT].status is CommitStatus.FAILED
    assert len(client.calls) == AT_ONCE.tries


def test_more_agents_than_one_call_takes_are_committed_in_several():
    store, client = store_of(lambda request: {"Responses": [{} for _ in request["Statements"]]})

    outcomes = store.commit([item(1, f"d-{number}") for number in range(26)])

    assert [len(request["Statements"]) for _, request in client.calls] == [25, 1]
    assert len(outcomes) == 26


@pytest.mark.parametrize("failure", [refused("ThrottlingException"), ReadTimeoutError(endpoint_url="x")])
def test_a_table_that_does_not_answer_is_unavailable(failure: Exception):
    store, _ = store_of(failure)

    with pytest.raises(PortUnavailableError, match="agents"):
        store.commit([item(1)])
    with pytest.raises(PortUnavailableError, match="agents"):
        store.load([AGENT])


def test_loading_is_strongly_consistent_and_asks_for_each_agent_once():
    store, client = store_of({"Responses": {"agents": []}})

    assert store.load([AGENT, AGENT]) == {}
    request = client.calls[0][1]["RequestItems"]["agents"]
    assert request == {"Keys": [{"agent": {"S": "device/d-1"}}], "ConsistentRead": True}


def test_keys_that_were_not_read_are_asked_for_again():
    keys = [{"agent": {"S": "device/d-1"}}]
    found = {name: to_attribute_value(value) for name, value in item(3).items()}
    store, client = store_of(
        {"Responses": {"agents": []}, "UnprocessedKeys": {"agents": {"Keys": keys}}}, {"Responses": {"agents": [found]}}
    )

    assert store.load([AGENT]) == {AGENT: item(3)}
    assert len(client.calls) == 2


def test_keys_that_are_never_read_make_the_table_unavailable():
    keys = [{"agent": {"S": "device/d-1"}}]
    store, _ = store_of({"Responses": {"agents": []}, "UnprocessedKeys": {"agents": {"Keys": keys}}})

    with pytest.raises(PortUnavailableError, match="did not give 1 of 1"):
        store.load([AGENT])


@pytest.mark.parametrize("value", ["", "text", 0, -7, 10**37, b"", b"\x00\xff", {}, {"a": {"b": b"c"}, "n": 1}])
def test_a_plain_value_is_read_as_it_was_written(value: object):
    assert from_attribute_value(to_attribute_value(value)) == value


@pytest.mark.parametrize("value", [True, 1.5, None, [], bytearray(b"x")])
def test_values_of_other_types_are_refused(value: object):
    with pytest.raises(AttributeTypeError):
        to_attribute_value(value)


def test_attribute_values_of_other_types_are_refused():
    with pytest.raises(AttributeTypeError):
        from_attribute_value({"BOOL": True})
