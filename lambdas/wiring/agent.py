"""How the function of one kind of agent is put together."""

from typing import Any

from lambdas.actors.flush import FlushPorts
from lambdas.actors.reach import Reach
from lambdas.actors.turn_loop import TurnLoop
from lambdas.agents.agent_spec import AgentSpec
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_state_store import DynamoDBStateStore
from lambdas.aws.eventbridge_event_publisher import EventBridgeEventPublisher
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from lambdas.aws.sqs_wake_up_scheduler import SQSWakeUpScheduler
from lambdas.aws.stepfunctions_task_completer import StepFunctionsTaskCompleter
from lambdas.settings.agent import AgentSettings


def turn_loop(settings: AgentSettings, spec: AgentSpec) -> TurnLoop[Any]:
    """Put the turn loop of one kind of agent together with AWS."""
    ways_out = FlushPorts(
        mailboxes=SQSMailboxSender(client("sqs"), settings.mailboxes),
        wake_ups=SQSWakeUpScheduler(client("sqs"), settings.wake_up_queue),
        events=EventBridgeEventPublisher(client("events"), settings.event_bus),
        tasks=StepFunctionsTaskCompleter(client("stepfunctions")),
    )
    store = DynamoDBStateStore(client("dynamodb"), settings.agents_table)
    reach = Reach(frozenset(spec.sends_to), publishes=spec.publishes, completes_tasks=spec.completes_tasks)
    return TurnLoop(spec.behavior, reach, store, ways_out)
