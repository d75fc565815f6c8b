"""Lambda function: brings wake-ups that were far off into the delay queue, shortly before they are due."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lambdas.actors.wake_up_sweep import WakeUpSweep
from lambdas.observability import logger
from lambdas.settings.wake_up_sweep import WakeUpSweepSettings
from lambdas.wiring.wake_up_sweep import wake_up_sweep

RESERVE_MILLISECONDS = 10_000
"""Time kept back: a run that would run out of time leaves the rest to the next one."""


def handler(event: dict[str, Any], context: Any) -> dict[str, int | bool]:  # noqa: ARG001 - Lambda passes it
    """Take a schedule event; answer what was moved and whether that was all."""
    report = _sweep().run(
        holder=context.aws_request_id,
        ttl=_settings().lease,
        clock=lambda: datetime.now(UTC),
        has_time=lambda: context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS,
    )
    logger.info("wake-ups swept", extra=report.counts())
    return report.counts()


@cache
def _settings() -> WakeUpSweepSettings:
    return WakeUpSweepSettings.from_environment(os.environ)


@cache
def _sweep() -> WakeUpSweep:
    return wake_up_sweep(_settings())
