"""JSON documents to the frozen dataclasses of `answers` and back."""

import json
import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ringtree_cli.errors import PlatformFailedError

T = TypeVar("T")


def decode(kind: type[T], document: object, where: str = "answer") -> T:
    """Read a document as a dataclass; unknown fields are passed over, so that the API may grow.

    Raises PlatformFailedError naming the path of the first thing that is not as documented.
    """
    if not isinstance(document, Mapping):
        raise _unreadable(where, "an object", document)

    hints = _hints(cast("Hashable", kind))
    values: dict[str, object] = {}
    for field in fields(kind):  # type: ignore[arg-type]  # every kind decoded is a dataclass
        if field.name in document:
            values[field.name] = _decode_value(hints[field.name], document[field.name], f"{where}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise _unreadable(f"{where}.{field.name}", "a value", None)
    return kind(**values)


def to_json(document: object, *, indent: int | None = 2) -> str:
    """Write a dataclass, or a mapping or list of such, as JSON; times in ISO 8601."""
    return json.dumps(document, indent=indent, ensure_ascii=False, default=_encode)


def _encode(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode_value(hint: Any, value: object, where: str) -> object:
    origin = get_origin(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        return _decode_optional(hint, value, where)
    if origin is tuple:
        return _decode_items(get_args(hint)[0], value, where)
    if is_dataclass(hint):
        return decode(cast("type[object]", hint), value, where)
    if hint is datetime:
        return _decode_time(value, where)
    return _decode_plain(origin or hint, value, where)


def _decode_optional(hint: Any, value: object, where: str) -> object:
    if value is None:
        return None
    return _decode_value(next(one for one in get_args(hint) if one is not types.NoneType), value, where)


def _decode_items(hint: Any, value: object, where: str) -> object:
    if not isinstance(value, list):
        raise _unreadable(where, "a list", value)
    return tuple(_decode_value(hint, item, f"{where}[{number}]") for number, item in enumerate(value))


def _decode_time(value: object, where: str) -> datetime:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _unreadable(where, "a time", value) from error


def _decode_plain(hint: type, value: object, where: str) -> object:
    if hint is float and isinstance(value, int):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise _unreadable(where, hint.__name__, value)
    return value


def _unreadable(where: str, expected: str, value: object) -> PlatformFailedError:
    found = json.dumps(value, default=str)[:80]
    return PlatformFailedError(
        f"the platform answered {where} = {found}, expected {expected}", "are client and platform of one version?"
    )
