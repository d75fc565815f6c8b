from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.actors.actor_id import ActorId
from lambdas.actors.outbox import FleetEventRecord, TaskAnswer, WakeUp
from lambdas.actors.ports import PortUnavailableError
from lambdas.agents.device.messages import AssignRing
from lambdas.aws.eventbridge_event_publisher import CALL_LIMIT_BYTES, EventBridgeEventPublisher
from lambdas.aws.sqs_mailbox import SQSMailbox, UnknownMailboxError
from lambdas.aws.sqs_wake_up_scheduler import (
    DELAY_LIMIT_SECONDS,
    SQSWakeUpScheduler,
    WakeUpFormatError,
    decode_wake_up,
    delay_until,
    encode_wake_up,
)
from lambdas.aws.stepfunctions_task_completer import CAUSE_LIMIT, ERROR_LIMIT, StepFunctionsTaskCompleter
from tests.unit.aws.scripted_client import AT_ONCE, ScriptedClient, refused

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DEVICE = ActorId("device", "d-1")


def event(number: int, size_bytes: int = 10) -> FleetEventRecord:
    return FleetEventRecord(f"device/d-1/1/{number}", "DeviceOnline", "x" * size_bytes)


def test_an_event_names_its_bus_source_and_type():
    client = ScriptedClient({"Entries": [{"EventId": "1"}]})

    EventBridgeEventPublisher(client, "fleet", AT_ONCE).publish([event(1)])

    assert client.calls[0][1]["Entries"] == [
        {"EventBusName": "fleet", "Source": "ringtree", "DetailType": "DeviceOnline", "Detail": "x" * 10}
    ]


def test_ten_events_are_one_call_and_eleven_are_two():
    client = ScriptedClient(lambda request: {"Entries": [{"EventId": "1"} for _ in request["Entries"]]})

    assert not EventBridgeEventPublisher(client, "fleet", AT_ONCE).publish([event(number) for number in range(11)])
    assert [len(request["Entries"]) for _, request in client.calls] == [10, 1]


def test_events_are_cut_into_calls_by_size():
    client = ScriptedClient(lambda request: {"Entries": [{"EventId": "1"} for _ in request["Entries"]]})

    EventBridgeEventPublisher(client, "fleet", AT_ONCE).publish([event(1, CALL_LIMIT_BYTES - 100), event(2, 200)])

    assert [len(request["Entries"]) for _, request in client.calls] == [1, 1]


def test_refused_events_alone_are_published_again():
    client = ScriptedClient(
        {"Entries": [{"EventId": "1"}, {"ErrorCode": "InternalFailure"}]}, {"Entries": [{"EventId": "2"}]}
    )

    assert not EventBridgeEventPublisher(client, "fleet", AT_ONCE).publish([event(1), event(2)])
    assert [len(request["Entries"]) for _, request in client.calls] == [2, 1]


def test_events_that_are_never_taken_are_named():
    client = ScriptedClient({"Entries": [{"ErrorCode": "InternalFailure"}]})
    unreachable = ScriptedClient(EndpointConnectionError(endpoint_url="x"))

    assert EventBridgeEventPublisher(client, "fleet", AT_ONCE).publish([event(1)]) == {0}
    assert EventBridgeEventPublisher(unreachable, "fleet", AT_ONCE).publish([event(1), event(2)]) == {0, 1}


def test_a_task_answer_is_given_with_its_token():
    client = ScriptedClient({})

    assert not StepFunctionsTaskCompleter(client, AT_ONCE).complete([TaskAnswer("token", '{"ok":true}')])
    assert client.calls == [("send_task_success", {"taskToken": "token", "output": '{"ok":true}'})]


def test_an_error_fails_its_task():
    client = ScriptedClient({})

    answer = TaskAnswer("token", "null", error="Rejected", cause="halted")

    assert not StepFunctionsTaskCompleter(client, AT_ONCE).complete([answer])
    assert client.calls == [("send_task_failure", {"taskToken": "token", "error": "Rejected", "cause": "halted"})]


def test_errors_and_causes_are_cut_to_what_step_functions_takes():
    client = ScriptedClient({})
    fits, too_long = ("e" * ERROR_LIMIT, "c" * CAUSE_LIMIT), ("e" * (ERROR_LIMIT + 1), "c" * (CAUSE_LIMIT + 1))

    StepFunctionsTaskCompleter(client, AT_ONCE).complete(
        [TaskAnswer("token", "null", error, cause) for error, cause in (fits, too_long)]
    )

    assert [(request["error"], request["cause"]) for _, request in client.calls] == [fits, fits]


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_for_which_nobody_waits_counts_as_answered(code: str):
    client = ScriptedClient(refused(code))

    assert not StepFunctionsTaskCompleter(client, AT_ONCE).complete([TaskAnswer("token", "{}")])
    assert len(client.calls) == 1


@pytest.mark.parametrize("failure", [refused("AccessDeniedException"), EndpointConnectionError(endpoint_url="x")])
def test_an_answer_that_was_not_taken_is_named_after_a_few_tries(failure: Exception):
    client = ScriptedClient(failure)

    assert StepFunctionsTaskCompleter(client, AT_ONCE).complete([TaskAnswer("token", "{}")]) == {0}
    assert len(client.calls) == AT_ONCE.tries


@pytest.mark.parametrize(
    ("seconds", "delay"),
    [(-5, 0), (0, 0), (0.001, 1), (1, 1), (59.5, 60), (DELAY_LIMIT_SECONDS, 900), (DELAY_LIMIT_SECONDS + 1, 900)],
)
def test_a_wake_up_is_held_back_until_it_is_due_or_as_long_as_can_be(seconds: float, delay: int):
    assert delay_until(NOON + timedelta(seconds=seconds), NOON) == delay


def test_wake_ups_are_one_call_each_with_its_own_delay():
    client = ScriptedClient({})
    wake_ups = [WakeUp(DEVICE, NOON + timedelta(seconds=5)), WakeUp(DEVICE, NOON + timedelta(hours=5))]

    assert not SQSWakeUpScheduler(client, "url", AT_ONCE).schedule(wake_ups, NOON)
    assert [entry["DelaySeconds"] for entry in client.calls[0][1]["Entries"]] == [5, 900]


def test_a_wake_up_is_read_as_it_was_written():
    wake_up = WakeUp(DEVICE, NOON + timedelta(microseconds=123457))

    assert decode_wake_up(encode_wake_up(wake_up)) == wake_up


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        '{"to":"x","due":"2026-01-01T00:00:00Z"}',
        '{"to":"device/d","due":"soon"}',
        '{"to":"device/d","due":"2026-01-01T00:00:00"}',
    ],
)
def test_what_is_no_wake_up_is_named(body: str):
    with pytest.raises(WakeUpFormatError, match="is not a wake-up"):
        decode_wake_up(body)


def test_messages_told_at_once_to_one_agent_are_one_frame_in_order():
    client = ScriptedClient({})
    mailbox = SQSMailbox(client, {"device": "url"}, AT_ONCE)

    mailbox.tell_all(
        [(DEVICE, AssignRing("a")), (ActorId("device", "d-2"), AssignRing("b")), (DEVICE, AssignRing("c"))], "r-1"
    )

    entries = client.calls[0][1]["Entries"]
    assert [entry["MessageGroupId"] for entry in entries] == ["device/d-1", "device/d-2"]
    assert entries[0]["MessageBody"].count("AssignRing") == 2
    assert entries[0]["MessageDeduplicationId"] == "r-1|device/d-1"


def test_a_mailbox_that_does_not_take_a_message_is_unavailable():
    client = ScriptedClient(refused("InternalError"))

    with pytest.raises(PortUnavailableError, match="did not take 1 of 1"):
        SQSMailbox(client, {"device": "url"}, AT_ONCE).tell(DEVICE, AssignRing("a"), "r-1")


def test_a_kind_whose_mailbox_is_not_known_is_named_before_anything_is_told():
    client = ScriptedClient({})

    with pytest.raises(UnknownMailboxError, match="'task'; known are: device"):
        SQSMailbox(client, {"device": "url"}, AT_ONCE).tell_all(
            [(DEVICE, AssignRing("a")), (ActorId("task", "t"), AssignRing("b"))], "r-1"
        )
    assert client.calls == []
