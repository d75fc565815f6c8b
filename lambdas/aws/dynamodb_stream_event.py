"""The event that Lambda makes of a table's stream: what items look like now."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lambdas.aws.attribute_values import from_stored_item


class StreamRecordError(ValueError):
    """A record of a stream cannot be read; a retry cannot help."""


@dataclass(frozen=True, slots=True)
class ItemWritten:
    """An item as it was written, and when, to the second."""

    item: Mapping[str, Any]
    written_at: datetime


def sequence_number(record: Mapping[str, Any]) -> str:
    """Name a record to Lambda, which goes on from the lowest one that failed."""
    return str(record["dynamodb"]["SequenceNumber"])


def item_written(record: Mapping[str, Any]) -> ItemWritten | None:
    """Read a record, None for the removal of an item; raises StreamRecordError."""
    change = record["dynamodb"]
    if "NewImage" not in change:
        return None
    try:
        image = {name: _as_sdk_gives(value) for name, value in change["NewImage"].items()}
        item = from_stored_item(image)
        return ItemWritten(item, datetime.fromtimestamp(float(change["ApproximateCreationDateTime"]), UTC))
    except (TypeError, ValueError, AttributeError) as error:
        raise StreamRecordError(f"stream record {sequence_number(record)} cannot be read: {error}") from error


def _as_sdk_gives(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Turn binary values back, which Lambda writes into its events as base64."""
    match value:
        case {"B": str(text)}:
            return {"B": _decoded(text)}
        case {"M": Mapping() as entries}:
            return {"M": {name: _as_sdk_gives(entry) for name, entry in entries.items()}}
        case _:
            return value


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise StreamRecordError(f"binary value {text[:40]!r} is not base64") from error
