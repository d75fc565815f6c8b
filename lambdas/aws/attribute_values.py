"""Plain values as DynamoDB attribute values and back: texts, whole numbers, bytes, and maps of them."""

from collections.abc import Mapping
from typing import Any, cast


class AttributeTypeError(TypeError):
    """An attribute has a type that items of agents do not use."""


def to_attribute_value(value: object) -> dict[str, Any]:
    """Write a text, a whole number, bytes or a map."""
    match value:
        case str():
            return {"S": value}
        case int() if not isinstance(value, bool):
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case Mapping():
            entries = cast("Mapping[str, object]", value)
            return {"M": {name: to_attribute_value(entry) for name, entry in entries.items()}}
        case _:
            raise AttributeTypeError(f"{value!r} is no text, whole number, bytes or map")


def from_attribute_value(value: Mapping[str, Any]) -> Any:
    """Read a text, a whole number, bytes or a map."""
    match value:
        case {"S": str(text)}:
            return text
        case {"N": str(digits)}:
            return int(digits)
        case {"B": bytes(content)}:
            return content
        case {"M": Mapping() as entries}:
            return {name: from_attribute_value(entry) for name, entry in entries.items()}
        case _:
            raise AttributeTypeError(f"{value!r} is no text, whole number, bytes or map")


def from_stored_item(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Read a whole item."""
    return {name: from_attribute_value(value) for name, value in stored.items()}
