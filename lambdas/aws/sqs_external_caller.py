"""Calls of agents to the outside, into the queue from which the call-out worker posts them.

The queue is a standard one: calls have no order, and one to a slow destination must not hold up others. The message
group of a standard queue makes it fair: SQS prefers the messages of groups that have few in flight
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html).
"""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from lambdas.actors.outbox import ExternalCall
from lambdas.aws.backoff import Backoff
from lambdas.aws.deduplication_ids import deduplication_id
from lambdas.aws.sqs_batches import QueueEntry, send_all


class CallFormatError(ValueError):
    """A message of the call-out queue is no call; a retry cannot help."""


class _CallBody(msgspec.Struct, frozen=True):
    destination: str
    payload: msgspec.Raw
    idempotency_key: str


class SQSExternalCaller:
    """An ExternalCaller over one standard queue."""

    def __init__(self, client: Any, queue_url: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._queue_url = queue_url
        self._backoff = backoff or Backoff()

    def hand_over(self, calls: Sequence[ExternalCall]) -> Collection[int]:
        """Put calls into the queue, those of one destination as one group."""
        entries = [QueueEntry(place, encode_call(call), _group(call.destination)) for place, call in enumerate(calls)]
        return send_all(self._client, self._queue_url, entries, self._backoff)


def encode_call(call: ExternalCall) -> str:
    """Write a call as JSON."""
    payload = msgspec.Raw(call.payload.encode())
    return msgspec.json.encode(_CallBody(call.destination, payload, call.idempotency_key)).decode()


def decode_call(body: str) -> ExternalCall:
    """Read a call; raises CallFormatError when it is none."""
    try:
        read = msgspec.json.decode(body, type=_CallBody)
    except msgspec.DecodeError as error:
        raise CallFormatError(f"a message of the call-out queue is no call: {error}") from error
    return ExternalCall(read.destination, bytes(read.payload).decode(), read.idempotency_key)


def _group(destination: str) -> str | None:
    """Name the group of a destination, in characters that SQS takes."""
    return deduplication_id(destination) if destination else None
