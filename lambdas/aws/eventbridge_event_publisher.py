"""Events of agents onto the fleet's bus."""

from collections.abc import Collection, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.outbox import FleetEventRecord
from lambdas.aws.backoff import Backoff
from lambdas.fleet.events import EVENT_SOURCE
from lambdas.observability import logger

ENTRIES_OF_A_CALL = 10
CALL_LIMIT_BYTES = 240 * 1024
"""Entries and bytes that one PutEvents takes; AWS counts 256 KB with all names."""

_Placed = tuple[int, FleetEventRecord]


class EventBridgeEventPublisher:
    """An EventPublisher over an EventBridge bus, up to ten events in a call."""

    def __init__(self, client: Any, bus: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._bus = bus
        self._backoff = backoff or Backoff()

    def publish(self, events: Sequence[FleetEventRecord]) -> Collection[int]:
        """Put events on the bus, those that it did not take again."""
        unpublished: set[int] = set()
        for batch in _in_batches(list(enumerate(events))):
            left = self._backoff.until_done(batch, self._put)
            unpublished.update(place for place, _ in left)
        return unpublished

    def _put(self, batch: Sequence[_Placed]) -> Sequence[_Placed]:
        try:
            answer = self._client.put_events(Entries=[self._entry(event) for _, event in batch])
        except (ClientError, BotoCoreError) as error:
            logger.warning("bus did not answer", extra={"bus": self._bus, "events": len(batch), "error": str(error)})
            return batch
        refused = [
            (placed, entry) for placed, entry in zip(batch, answer["Entries"], strict=True) if "ErrorCode" in entry
        ]
        for placed, entry in refused:
            logger.warning("bus refused an event", extra={"bus": self._bus, "event_id": placed[1].event_id, **entry})
        return [placed for placed, _ in refused]

    def _entry(self, event: FleetEventRecord) -> dict[str, str]:
        return {
            "EventBusName": self._bus,
            "Source": EVENT_SOURCE,
            "DetailType": event.type,
            "Detail": event.detail,
        }


def _in_batches(events: Sequence[_Placed]) -> list[list[_Placed]]:
    batches: list[list[_Placed]] = []
    room = 0
    for placed in events:
        size = len(placed[1].detail.encode()) + len(placed[1].type) + len(EVENT_SOURCE)
        if not batches or len(batches[-1]) == ENTRIES_OF_A_CALL or size > room:
            batches.append([])
            room = CALL_LIMIT_BYTES
        batches[-1].append(placed)
        room -= size
    return batches
