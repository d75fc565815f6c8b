"""Lets received messages of a queue come again after a wait of their own instead of the queue's timeout."""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.observability import logger

LONGEST_SECONDS = 43_200 - 900
"""Twelve hours from when a message was received (API reference of ChangeMessageVisibility), less the longest run."""
ENTRIES_OF_A_CALL = 10


def hide(client: Any, queue_url: str, waits: Sequence[tuple[str, timedelta]]) -> None:
    """Hide messages, by receipt, for their waits. One for which that fails comes when the queue's timeout ends."""
    entries = [
        {"Id": str(place), "ReceiptHandle": receipt, "VisibilityTimeout": _seconds(wait)}
        for place, (receipt, wait) in enumerate(waits)
    ]
    for start in range(0, len(entries), ENTRIES_OF_A_CALL):
        try:
            answer = client.change_message_visibility_batch(
                QueueUrl=queue_url, Entries=entries[start : start + ENTRIES_OF_A_CALL]
            )
        except (ClientError, BotoCoreError) as error:
            logger.warning("waits were not set", extra={"queue": queue_url, "error": str(error)})
            continue
        for failure in answer.get("Failed", ()):
            logger.warning("a wait was not set", extra={"queue": queue_url, **failure})


def _seconds(wait: timedelta) -> int:
    return min(max(ceil(wait.total_seconds()), 0), LONGEST_SECONDS)
