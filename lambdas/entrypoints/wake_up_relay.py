"""Lambda function: passes wake-ups on to the mailboxes of agents when their delay is over."""

import os
from functools import cache
from typing import Any

from lambdas.actors.outbox import WakeUp
from lambdas.actors.wake_up_relay import WakeUpRelay
from lambdas.aws.sqs_event import item_failures
from lambdas.aws.sqs_wake_up_scheduler import WakeUpFormatError, decode_wake_up
from lambdas.observability import logger
from lambdas.settings.wake_up_relay import WakeUpRelaySettings
from lambdas.wiring.wake_up_relay import wake_up_relay


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take an SQS batch of wake-ups; answer which must come again."""
    readable = {record["messageId"]: wake_up for record in event["Records"] if (wake_up := _read(record))}
    message_ids = list(readable)
    again = [message_ids[place] for place in _relay().pass_on(list(readable.values()))]
    again += [record["messageId"] for record in event["Records"] if record["messageId"] not in readable]
    logger.info("wake-ups passed on", extra={"messages": len(event["Records"]), "sent_back": len(again)})
    return item_failures(again)


def _read(record: dict[str, Any]) -> WakeUp | None:
    """Read a wake-up; what is none is left to the queue's dead letters."""
    try:
        return decode_wake_up(record["body"])
    except WakeUpFormatError:
        logger.exception("not a wake-up", extra={"message_id": record["messageId"]})
        return None


@cache
def _relay() -> WakeUpRelay:
    return wake_up_relay(WakeUpRelaySettings.from_environment(os.environ))
