"""Describes the events of lambdas/fleet/events.py as JSON schemas, one per detail type."""

from typing import Any, get_args

import msgspec

from lambdas.fleet.events import EVENT_SOURCE, FleetEvent

EVENT_ID = {
    "type": "string",
    "description": "The same when an event is put on the bus again, so that a receiver can tell repeats apart.",
}


def event_schemas() -> dict[str, Any]:
    """Describe every event: ``details`` holds the schema of ``detail`` by detail type."""
    events = get_args(FleetEvent)
    references, components = msgspec.json.schema_components(events, ref_template="#/components/{name}")
    for event in events:
        schema = components[event.__name__]
        schema["properties"]["event_id"] = EVENT_ID
        schema["required"] = [*schema.get("required", ()), "event_id"]
    return {
        "source": EVENT_SOURCE,
        "details": {event.__name__: reference for event, reference in zip(events, references, strict=True)},
        "components": components,
    }
