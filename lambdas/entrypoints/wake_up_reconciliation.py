"""Lambda function: wakes agents whose wake-up was lost."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lambdas.actors.wake_up_reconciliation import Segment, WakeUpReconciliation
from lambdas.observability import logger
from lambdas.settings.wake_up_reconciliation import WakeUpReconciliationSettings
from lambdas.wiring.wake_up_reconciliation import wake_up_reconciliation

RESERVE_MILLISECONDS = 15_000
"""Time kept back: a run that would run out of time leaves the rest to the next one."""


def handler(event: dict[str, int], context: Any) -> dict[str, int | bool]:
    """Take the segment of all agents that is to be looked through, ``{"segment": 0, "segments": 4}``."""
    segment = Segment(event["segment"], event["segments"])
    report = _reconciliation().run(
        segment,
        holder=context.aws_request_id,
        ttl=_settings().lease,
        clock=lambda: datetime.now(UTC),
        has_time=lambda: context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS,
    )
    logger.info("wake-ups reconciled", extra={"segment": segment.number, **report.counts()})
    return report.counts()


@cache
def _settings() -> WakeUpReconciliationSettings:
    return WakeUpReconciliationSettings.from_environment(os.environ)


@cache
def _reconciliation() -> WakeUpReconciliation:
    return wake_up_reconciliation(_settings())
