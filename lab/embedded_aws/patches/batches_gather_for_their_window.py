"""An event source mapping with a batching window waits for its batch to fill.

The emulator ignores `MaximumBatchingWindowInSeconds` and caps batches at 10 messages, so a queue of heartbeats costs an
invocation per heartbeat. AWS invokes when the batch is full or its window is over, and with a window gathers more than
10 messages of a standard queue:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

import time
from typing import Any

from ministack.services import lambda_svc, sqs

_MOST_OF_ONE_RECEIVE = 10


def apply() -> None:
    """Hand out nothing while a batch gathers; then as many receives as the batch is large."""
    receive = sqs._receive_messages_for_esm

    def receive_gathered(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
        queue = sqs._get_q(queue_url)
        window_seconds = 0 if queue["is_fifo"] else _window_seconds(queue["attributes"]["QueueArn"])
        if not window_seconds:
            single: list[dict[str, Any]] = receive(queue_url, batch_size)
            return single
        if _still_gathers(queue, batch_size, window_seconds):
            return []
        batch: list[dict[str, Any]] = []
        while len(batch) < batch_size:
            received = receive(queue_url, min(batch_size - len(batch), _MOST_OF_ONE_RECEIVE))
            if not received:
                break
            batch += received
        return batch

    sqs._receive_messages_for_esm = receive_gathered


def _window_seconds(queue_arn: str) -> int:
    """The window of the mapping that reads the queue; 0 when it has none."""
    windows = (
        int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
        for _, _, mapping in lambda_svc._iter_all_esms()
        if mapping.get("EventSourceArn") == queue_arn
    )
    return next(windows, 0)


def _still_gathers(queue: dict[str, Any], batch_size: int, window_seconds: int) -> bool:
    """Too few messages wait, and the first of them has not waited for a whole window."""
    now = time.time()
    with sqs._queues_lock:
        waiting_since = [
            max(message["sent_at"], message.get("visible_at", 0))
            for message in queue["messages"]
            if message.get("visible_at", 0) <= now
        ]
    return bool(waiting_since) and len(waiting_since) < batch_size and now - min(waiting_since) < window_seconds
