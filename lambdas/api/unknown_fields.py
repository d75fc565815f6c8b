"""Finds fields that a type does not have: a misspelt one would otherwise pass unseen and its value be lost."""

from collections.abc import Iterator
from typing import Any

from msgspec import inspect

_RECORDS = (inspect.DataclassType, inspect.StructType, inspect.TypedDictType)
_OBJECTS = (*_RECORDS, inspect.DictType)
_ARRAYS = (inspect.CollectionType, inspect.TupleType)


def unknown_fields(value_type: type, value: Any) -> list[str]:
    """Name the fields of a JSON value, known to fit the type, that the type passes over: ``details.nmae``."""
    return list(_unknown(inspect.type_info(value_type), value, ""))


def _unknown(expected: inspect.Type, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from _unknown_of_field(_the_only(expected, _OBJECTS), name, entry, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _unknown_of_item(_the_only(expected, _ARRAYS), place, entry, f"{path}[{place}]")


def _the_only(expected: inspect.Type, kinds: tuple[type[inspect.Type], ...]) -> inspect.Type | None:
    """Choose what a value is of; of several kinds of objects only a tag says which, and msgspec has read that."""
    options = expected.types if isinstance(expected, inspect.UnionType) else (expected,)
    fitting = [option for option in options if isinstance(option, kinds)]
    return fitting[0] if len(fitting) == 1 else None


def _unknown_of_field(expected: inspect.Type | None, name: str, entry: Any, path: str) -> Iterator[str]:
    if isinstance(expected, inspect.DictType):
        yield from _unknown(expected.value_type, entry, path)
    elif isinstance(expected, _RECORDS):
        fields = {field.encode_name: field.type for field in expected.fields}
        if name in fields:
            yield from _unknown(fields[name], entry, path)
        elif name != getattr(expected, "tag_field", None):
            yield path


def _unknown_of_item(expected: inspect.Type | None, place: int, entry: Any, path: str) -> Iterator[str]:
    if isinstance(expected, inspect.CollectionType):
        yield from _unknown(expected.item_type, entry, path)
    elif isinstance(expected, inspect.TupleType):
        yield from _unknown(expected.item_types[place], entry, path)
