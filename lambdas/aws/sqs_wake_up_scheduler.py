"""Wake-ups through a standard queue with delays; the relay passes them on to mailboxes when they are due."""

from collections.abc import Collection, Sequence
from datetime import datetime
from math import ceil
from typing import Annotated, Any

import msgspec

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.outbox import WakeUp
from lambdas.aws.backoff import Backoff
from lambdas.aws.sqs_batches import QueueEntry, send_all

DELAY_LIMIT_SECONDS = 900
"""The longest delay of an SQS message; a later wake-up is delayed again by the relay."""


class WakeUpFormatError(ValueError):
    """A message of the wake-up queue is not a wake-up; a retry cannot help."""


class _Hint(msgspec.Struct, frozen=True):
    to: str
    due: Annotated[datetime, msgspec.Meta(tz=True)]


class SQSWakeUpScheduler:
    """A WakeUpScheduler over one standard queue."""

    def __init__(self, client: Any, queue_url: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._queue_url = queue_url
        self._backoff = backoff or Backoff()

    def schedule(self, wake_ups: Sequence[WakeUp], now: datetime) -> Collection[int]:
        """Put wake-ups into the queue, each delayed until it is due or as long as the queue can."""
        entries = [
            QueueEntry(place, encode_wake_up(wake_up), delay_seconds=delay_until(wake_up.due, now))
            for place, wake_up in enumerate(wake_ups)
        ]
        return send_all(self._client, self._queue_url, entries, self._backoff)


def delay_until(due: datetime, now: datetime) -> int:
    """Say how long SQS is to hold a wake-up back, in whole seconds; never so short that it comes early."""
    return min(max(ceil((due - now).total_seconds()), 0), DELAY_LIMIT_SECONDS)


def encode_wake_up(wake_up: WakeUp) -> str:
    """Write a wake-up as JSON."""
    return msgspec.json.encode(_Hint(str(wake_up.to), wake_up.due)).decode()


def decode_wake_up(body: str) -> WakeUp:
    """Read a wake-up; raises WakeUpFormatError when it is none."""
    try:
        hint = msgspec.json.decode(body, type=_Hint)
        return WakeUp(ActorId.parse(hint.to), hint.due)
    except (msgspec.MsgspecError, ActorIdError) as error:
        raise WakeUpFormatError(f"{body!r} is not a wake-up: {error}") from error
