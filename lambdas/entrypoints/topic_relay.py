"""Lambda function: carries announcements from the bus into the mailboxes of the agents that have subscribed."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lambdas.actors.coordination.topic_relay import Announced, TopicRelay
from lambdas.aws.sqs_event import item_failures
from lambdas.aws.topic_event import TopicEventError, read_announced
from lambdas.observability import logger
from lambdas.settings.topic_relay import TopicRelaySettings
from lambdas.wiring.topic_relay import topic_relay


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take an SQS batch of announcements; answer which must come again."""
    readable = {record["messageId"]: announced for record in event["Records"] if (announced := _read(record))}
    message_ids = list(readable)
    again = [message_ids[place] for place in _relay().pass_on(list(readable.values()), datetime.now(UTC))]
    again += [record["messageId"] for record in event["Records"] if record["messageId"] not in readable]
    logger.info("announcements passed on", extra={"messages": len(event["Records"]), "sent_back": len(again)})
    return item_failures(again)


def _read(record: dict[str, Any]) -> Announced | None:
    """Read an announcement; what is none is left to the queue's dead letters."""
    try:
        return read_announced(record["body"])
    except TopicEventError:
        logger.exception("not an announcement", extra={"message_id": record["messageId"]})
        return None


@cache
def _relay() -> TopicRelay:
    return topic_relay(TopicRelaySettings.from_environment(os.environ))
