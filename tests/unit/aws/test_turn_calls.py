"""How many calls to AWS a batch makes. Calls are what a turn costs."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, encode_frame
from lambdas.actors.in_memory.ports import in_memory_ports
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.turn_loop import TurnLoop
from lambdas.aws.dynamodb_state_store import DynamoDBStateStore
from lambdas.aws.eventbridge_event_publisher import EventBridgeEventPublisher
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from lambdas.aws.sqs_wake_up_scheduler import SQSWakeUpScheduler
from lambdas.aws.stepfunctions_task_completer import StepFunctionsTaskCompleter
from tests.unit.actors.relay_race import NOON, RUNNER_BEHAVIOR, RUNNER_REACH, Carry, RemindMe
from tests.unit.aws.scripted_client import AT_ONCE


class CountingAws:
    """Takes everything, keeps items, counts calls."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        self.calls["BatchGetItem"] += 1
        return {"Responses": {}}

    def batch_execute_statement(self, **request: Any) -> dict[str, Any]:
        self.calls["BatchExecuteStatement"] += 1
        return {"Responses": [{} for _ in request["Statements"]]}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        self.calls["SendMessageBatch"] += 1
        return {}


def run(messages: list[MailboxRecord]) -> Counter[str]:
    aws = CountingAws()
    memory = in_memory_ports().runtime()
    flush = replace(
        memory.flush,
        mailboxes=SQSMailboxSender(aws, {"collector": "url"}, AT_ONCE),
        wake_ups=SQSWakeUpScheduler(aws, "wake-ups", AT_ONCE),
        events=EventBridgeEventPublisher(aws, "bus", AT_ONCE),
        tasks=StepFunctionsTaskCompleter(aws, AT_ONCE),
    )
    ports = replace(memory, store=DynamoDBStateStore(aws, "agents", AT_ONCE), flush=flush)
    loop = TurnLoop(RUNNER_BEHAVIOR, RUNNER_REACH, ports, lambda: 0.0)
    report = loop.handle(messages, NOON, "t")
    assert report.unhandled == ()
    return aws.calls


def told(agent: ActorId, place: int, message: object) -> MailboxRecord:
    return MailboxRecord(f"m-{place}", str(agent), "q", place, encode_frame(Frame(agent, (encode_message(message),))))


@pytest.mark.parametrize("agents", [1, 2, 10])
def test_a_batch_makes_three_calls_whatever_the_number_of_agents(agents: int):
    batch = [told(ActorId("runner", f"r-{place % agents}"), place + 1, Carry("a")) for place in range(10)]

    assert run(batch) == {"BatchGetItem": 1, "BatchExecuteStatement": 1, "SendMessageBatch": 1}


def test_reminders_of_ten_agents_cost_one_call_more():
    due = NOON + timedelta(minutes=1)
    batch = [told(ActorId("runner", f"r-{place}"), place + 1, RemindMe("tea", due, "tea")) for place in range(10)]

    assert run(batch) == {"BatchGetItem": 1, "BatchExecuteStatement": 1, "SendMessageBatch": 1}


def test_a_batch_that_tells_nobody_makes_two_calls():
    batch = [told(ActorId("runner", "r"), 1, Carry("a", to=()))]

    assert run(batch) == {"BatchGetItem": 1, "BatchExecuteStatement": 1}
