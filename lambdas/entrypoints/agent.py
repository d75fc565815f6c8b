"""Lambda function: runs the agents of one kind over a batch of their mailbox."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lambdas.actors.turn_loop import TurnLoop
from lambdas.actors.turn_report import TurnReport
from lambdas.agents.registry import spec_of
from lambdas.aws.sqs_event import item_failures, mailbox_records
from lambdas.observability import logger, metrics
from lambdas.settings.agent import AgentSettings
from lambdas.wiring.agent import turn_loop


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take an SQS batch; answer which of its messages must come again."""
    settings = _settings()
    report = _turns().handle(mailbox_records(event), datetime.now(UTC), context.aws_request_id)
    _log(settings.agent_kind, report)
    return item_failures(report.unhandled)


def _log(kind: str, report: TurnReport) -> None:
    """Write one line per invocation, one more per failure, and a metric when messages must come again."""
    for failure in report.failures:
        logger.error(
            "turn failed",
            extra={"agent": failure.agent, "message_id": failure.message_id},
            exc_info=failure.error,
        )
    logger.info("turns", extra={"agent_kind": kind, **report.counts()})
    if report.unhandled:
        metrics.add_dimension("agent_kind", kind)
        metrics.add_metric("MessagesSentBack", "Count", len(report.unhandled))
        metrics.flush_metrics()


@cache
def _settings() -> AgentSettings:
    return AgentSettings.from_environment(os.environ)


@cache
def _turns() -> TurnLoop[Any]:
    settings = _settings()
    return turn_loop(settings, spec_of(settings.agent_kind))
