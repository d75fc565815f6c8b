"""How the function of one kind of agent is put together."""

import random
from typing import Any

from lambdas.actors.flush import FlushPorts
from lambdas.actors.reach import Reach
from lambdas.actors.turn_loop import RuntimePorts, TurnLoop
from lambdas.actors.wake_up_calendar import NearAndFarWakeUps
from lambdas.agents.agent_spec import AgentSpec
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_dead_letter_store import DynamoDBDeadLetterStore
from lambdas.aws.dynamodb_mark_store import DynamoDBMarkStore
from lambdas.aws.dynamodb_promise_store import DynamoDBPromiseStore
from lambdas.aws.dynamodb_state_store import DynamoDBStateStore
from lambdas.aws.dynamodb_wake_up_calendar import DynamoDBWakeUpCalendar
from lambdas.aws.eventbridge_event_publisher import EventBridgeEventPublisher
from lambdas.aws.s3_claim_store import S3ClaimStore
from lambdas.aws.s3_client import s3_client
from lambdas.aws.sqs_external_caller import SQSExternalCaller
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from lambdas.aws.sqs_retry_delays import SQSRetryDelays
from lambdas.aws.sqs_wake_up_scheduler import SQSWakeUpScheduler
from lambdas.aws.stepfunctions_task_completer import StepFunctionsTaskCompleter
from lambdas.settings.agent import AgentSettings


def turn_loop(settings: AgentSettings, spec: AgentSpec) -> TurnLoop[Any]:
    """Put the turn loop of one kind of agent together with AWS."""
    reach = Reach(
        frozenset(spec.sends_to),
        publishes=spec.publishes,
        completes_tasks=spec.completes_tasks,
        calls_out=spec.calls_out,
    )
    return TurnLoop(
        spec.behavior, reach, runtime_ports(settings), random.SystemRandom().random, is_journaled=spec.is_journaled
    )


def runtime_ports(settings: AgentSettings) -> RuntimePorts:
    """Put what turn loops work with together with AWS."""
    dynamodb, records = client("dynamodb"), settings.runtime_records_table
    marks = DynamoDBMarkStore(dynamodb, records)
    return RuntimePorts(
        store=DynamoDBStateStore(dynamodb, settings.agents_table),
        claims=S3ClaimStore(s3_client(), settings.claims_bucket),
        marks=marks,
        flush=_ways_out(settings, marks),
        delays=SQSRetryDelays(client("sqs"), settings.mailboxes.values()),
    )


def _ways_out(settings: AgentSettings, marks: DynamoDBMarkStore) -> FlushPorts:
    dynamodb, sqs, records = client("dynamodb"), client("sqs"), settings.runtime_records_table
    return FlushPorts(
        mailboxes=SQSMailboxSender(sqs, settings.mailboxes),
        wake_ups=NearAndFarWakeUps(
            SQSWakeUpScheduler(sqs, settings.wake_up_queue), DynamoDBWakeUpCalendar(dynamodb, records)
        ),
        events=EventBridgeEventPublisher(client("events"), settings.event_bus),
        tasks=StepFunctionsTaskCompleter(client("stepfunctions")),
        calls=SQSExternalCaller(sqs, settings.call_out_queue),
        promises=DynamoDBPromiseStore(dynamodb, records),
        letters=DynamoDBDeadLetterStore(dynamodb, records),
        marks=marks,
    )
