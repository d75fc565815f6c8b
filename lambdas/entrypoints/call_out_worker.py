"""Lambda function: posts what agents tell the outside."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from lambdas.actors.call_out_worker import UNAVAILABLE_WAIT, CallOutReport
from lambdas.actors.call_outs import WaitingCall, unreadable_letter
from lambdas.aws.sqs_event import item_failures
from lambdas.aws.sqs_external_caller import CallFormatError, decode_call
from lambdas.observability import logger, metrics
from lambdas.settings.call_out_worker import CallOutWorkerSettings
from lambdas.wiring.call_out_worker import CallOutPorts, call_out_ports


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take an SQS batch of calls; answer which of them must come again."""
    ports = _ports()
    waiting, again = _read_all(ports, event["Records"])
    report = ports.worker.handle(waiting, context.aws_request_id)
    again |= report.again
    ports.hide(
        [(record["receiptHandle"], again[id_]) for record in event["Records"] if (id_ := record["messageId"]) in again]
    )
    _log(report, len(event["Records"]))
    return item_failures(tuple(again))


def _read_all(ports: CallOutPorts, records: list[dict[str, Any]]) -> tuple[list[WaitingCall], dict[str, timedelta]]:
    """Read calls; what is none becomes a dead letter, and comes again while it cannot be kept."""
    waiting: list[WaitingCall] = []
    again: dict[str, timedelta] = {}
    for record in records:
        try:
            waiting.append(_read(record))
        except CallFormatError as error:
            logger.exception("not a call", extra={"message_id": record["messageId"]})
            letter = unreadable_letter(record["messageId"], record["body"], str(error), datetime.now(UTC))
            if ports.letters.park([letter]):
                again[record["messageId"]] = UNAVAILABLE_WAIT
    return waiting, again


def _read(record: Mapping[str, Any]) -> WaitingCall:
    attributes = record["attributes"]
    return WaitingCall(
        message_id=record["messageId"],
        call=decode_call(record["body"]),
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        receives=int(attributes["ApproximateReceiveCount"]),
    )


def _log(report: CallOutReport, messages: int) -> None:
    """Write one line per invocation, one per call that did not arrive, and metrics of what an operator must know."""
    for message_id, reason in report.reasons.items():
        logger.warning("call comes again", extra={"message_id": message_id, "reason": reason})
    for message_id, letter in report.given_up.items():
        logger.error(
            "call given up", extra={"message_id": message_id, "letter": letter.letter_id, "reason": letter.reason}
        )
    for destination in report.opened:
        logger.error("circuit opened", extra={"destination": destination})
    logger.info(
        "calls",
        extra={
            "messages": messages,
            "done": len(report.done),
            "sent_back": len(report.again),
            "given_up": len(report.given_up),
            "held_by": sorted(report.held_by),
        },
    )
    counts = {
        "CircuitsOpen": len(report.held_by | report.opened),
        "CallsSentBack": len(report.again),
        "CallsGivenUp": len(report.given_up),
    }
    if any(counts.values()):
        for name, count in counts.items():
            metrics.add_metric(name, "Count", count)
        metrics.flush_metrics()


@cache
def _ports() -> CallOutPorts:
    return call_out_ports(CallOutWorkerSettings.from_environment(os.environ))
