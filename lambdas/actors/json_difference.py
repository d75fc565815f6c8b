"""Where two JSON documents first differ."""

from dataclasses import dataclass
from typing import Any

import msgspec

ROOT = "$"


class _Absent:
    """Stands for a field or element that one of the documents has not."""


_ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """A JSON path such as ``$.tasks[2].attempt`` and what stands there, as JSON texts; None where nothing does."""

    path: str
    left: str | None
    right: str | None


def first_difference(left: str, right: str) -> Difference | None:
    """Find the first place where two JSON documents differ, None when they are equal bit for bit.

    Documents that only differ in how they are written (order of fields, notation of numbers) differ as a whole.
    """
    if left == right:
        return None
    found = _first(ROOT, msgspec.json.decode(left), msgspec.json.decode(right))
    return found or Difference(ROOT, left, right)


def _first(path: str, left: Any, right: Any) -> Difference | None:
    match left, right:
        case dict(), dict():
            names = {**left, **right}
            pairs = [(f"{path}.{name}", left.get(name, _ABSENT), right.get(name, _ABSENT)) for name in names]
        case list(), list():
            longest = range(max(len(left), len(right)))
            pairs = [(f"{path}[{place}]", _at(left, place), _at(right, place)) for place in longest]
        case _:
            is_same = type(left) is type(right) and left == right
            return None if is_same else Difference(path, _text(left), _text(right))
    return next((found for place, one, other in pairs if (found := _first(place, one, other))), None)


def _at(elements: list[Any], place: int) -> Any:
    return elements[place] if place < len(elements) else _ABSENT


def _text(value: Any) -> str | None:
    return None if isinstance(value, _Absent) else msgspec.json.encode(value).decode()
