"""FIFO event source mappings process several message groups at the same time.

The emulator keeps one batch in flight per FIFO queue, whatever its groups, so one slow agent would stall its whole
kind. AWS scales with the number of active message groups, up to MaximumConcurrency; order and exclusivity hold within
a group: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html ("FIFO queues ... message groups"). The
emulator's own queue already refuses to hand out a message of a group that has one in flight.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

from typing import Any

from ministack.services import lambda_svc


def apply() -> None:
    """Let FIFO mappings run as many batches at once as mappings of standard queues."""
    concurrency_of_standard_queue = lambda_svc._sqs_esm_concurrency

    def concurrency(esm: dict[str, Any], func_rec: Any, config: dict[str, Any], _queue: Any = None) -> int:
        limit: int = concurrency_of_standard_queue(esm, func_rec, config, None)
        return limit

    lambda_svc._sqs_esm_concurrency = concurrency
