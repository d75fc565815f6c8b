"""The fleet's bus on EventBridge."""

import json
from typing import Any

import msgspec

from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.translating_client import TranslatingClient
from lambdas.fleet.events import EVENT_SOURCE


class EventBridgeEventBus:
    """Puts events on one custom bus."""

    def __init__(self, client: Any, bus: str) -> None:
        self._client = TranslatingClient(client, "EventBridge")
        self._bus = bus

    def publish(self, event: Any, event_id: str) -> None:
        """Put one event; raises PortUnavailableError when EventBridge did not take it."""
        name = type(event).__name__
        detail = msgspec.to_builtins(event) | {"event_id": event_id}
        entry = {"EventBusName": self._bus, "Source": EVENT_SOURCE, "DetailType": name, "Detail": json.dumps(detail)}
        answer = self._client.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            told = answer["Entries"][0]
            raise PortUnavailableError(
                f"{name} {event_id} was not taken: {told.get('ErrorCode')} {told.get('ErrorMessage')}"
            )
