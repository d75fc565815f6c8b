"""Lambda function: runs the agents of one kind over a batch of one of their mailboxes."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from lambdas.actors.ports import PortUnavailableError
from lambdas.actors.turn_loop import CommitFailedError, FenceLostError, FlushFailedError, TurnLoop
from lambdas.actors.turn_report import TurnReport
from lambdas.agents.registry import spec_of
from lambdas.aws.sqs_event import item_failures, mailbox_records
from lambdas.observability import METRICS_NAMESPACE, logger
from lambdas.settings.agent import AgentSettings
from lambdas.settings.environment_fields import SettingError
from lambdas.wiring.agent import turn_loop

COUNT_NO_ATTEMPT = (PortUnavailableError, CommitFailedError, FlushFailedError, FenceLostError)
"""Failures that are no reaction's: what they send back comes again until they are over."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take an SQS batch, which is of one queue; answer which of its messages must come again."""
    settings = _settings()
    records = mailbox_records(event)
    lane = lane_of(records[0].queue, settings.lanes)
    report = _turns().handle(records, datetime.now(UTC), context.aws_request_id, lane)
    _log(settings.agent_kind, lane, report)
    return item_failures(report.unhandled)


def lane_of(queue: str, lanes: Mapping[str, str]) -> str:
    """Say of which lane a queue is; raises SettingError naming the known ones."""
    if queue not in lanes:
        raise SettingError(f"queue {queue!r} is not one of LANES {sorted(lanes)}; deploy the stack of the agents again")
    return lanes[queue]


def metrics_of(report: TurnReport) -> dict[str, int]:
    """Name what an operator should see beside the log.

    What a reaction's own attempts send back is not counted: it is over within half a minute, or a dead letter.
    """
    is_in_trouble = any(isinstance(failure.error, COUNT_NO_ATTEMPT) for failure in report.failures)
    return {
        "MessagesSentBack": len(report.unhandled) if is_in_trouble else 0,
        "DeadLetters": sum(letters_of(report).values()),
        "MessagesExpired": report.turns.expired,
    }


def letters_of(report: TurnReport) -> dict[str, int]:
    """Count the messages that were set aside, by the kind of letter they became."""
    return {"parked": report.turns.parked, "held": report.turns.held, "refused": report.turns.refused}


def _log(kind: str, lane: str, report: TurnReport) -> None:
    """Write one line per invocation, one more per failure, and a metric for each number that is not 0."""
    for failure in report.failures:
        logger.error(
            "turn failed",
            extra={"agent": failure.agent, "message_id": failure.message_id},
            exc_info=failure.error,
        )
    logger.info("turns", extra={"agent_kind": kind, "lane": lane, **report.counts()})
    for name, value in metrics_of(report).items():
        _count(name, value, agent_kind=kind)
    for letter_kind, value in letters_of(report).items():
        _count("DeadLetters", value, agent_kind=kind, letter_kind=letter_kind)


def _count(name: str, value: int, **dimensions: str) -> None:
    if not value:
        return
    with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace=METRICS_NAMESPACE) as metric:
        for dimension, text in dimensions.items():
            metric.add_dimension(dimension, text)


@cache
def _settings() -> AgentSettings:
    return AgentSettings.from_environment(os.environ)


@cache
def _turns() -> TurnLoop[Any]:
    settings = _settings()
    return turn_loop(settings, spec_of(settings.agent_kind))
