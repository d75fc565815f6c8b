"""Versions of agents that nothing can read, set aside where an operator sees them."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lambdas.aws.backoff import Backoff
from lambdas.aws.dynamodb_stream_event import sequence_number
from lambdas.aws.sqs_batches import QueueEntry, send_all


class SQSUnkeptVersions:
    """Names records of the agents table's stream in a queue; the stream itself keeps them for 24 hours."""

    def __init__(self, client: Any, queue_url: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._queue_url = queue_url
        self._backoff = backoff or Backoff()

    def set_aside(self, records: Sequence[Mapping[str, Any]]) -> Collection[int]:
        """Name records; answers the places of those that the queue did not take."""
        entries = [QueueEntry(place, json.dumps(_named(record))) for place, record in enumerate(records)]
        return send_all(self._client, self._queue_url, entries, self._backoff)


def _named(record: Mapping[str, Any]) -> dict[str, Any]:
    change = record["dynamodb"]
    return {
        "agent": change.get("Keys", {}).get("agent", {}).get("S", ""),
        "version": change.get("NewImage", {}).get("version", {}).get("N", ""),
        "sequence_number": sequence_number(record),
        "event_source": record.get("eventSourceARN", ""),
    }
