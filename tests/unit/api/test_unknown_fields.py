"""Fields that a type does not have, wherever they stand in a value."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from lambdas.api.unknown_fields import unknown_fields


@dataclass
class Part:
    name: str
    size: int = 1


class Tagged(msgspec.Struct, tag="tagged", omit_defaults=True):
    size: int = 1


class Other(msgspec.Struct, tag="other"):
    name: str = ""


@dataclass
class Whole:
    part: Part
    perhaps: Part | None = None
    many: tuple[Part, ...] = ()
    pair: tuple[int, Part] | None = None
    named: dict[str, Part] | None = None
    anything: Any = None
    one_of: Tagged | Other | None = None
    tagged: Tagged | None = None


@pytest.mark.parametrize(
    ("value", "unknown"),
    [
        ({"part": {"name": "a", "size": 1}}, []),
        ({"part": {"name": "a", "sise": 1}, "extra": 1}, ["part.sise", "extra"]),
        ({"part": {"name": "a"}, "perhaps": {"name": "b", "x": 1}}, ["perhaps.x"]),
        ({"part": {"name": "a"}, "perhaps": None, "many": [{"name": "b"}, {"name": "c", "x": 1}]}, ["many[1].x"]),
        ({"part": {"name": "a"}, "pair": [1, {"name": "b", "x": 1}]}, ["pair[1].x"]),
        ({"part": {"name": "a"}, "named": {"x": {"name": "b", "y": 1}}}, ["named.x.y"]),
        ({"part": {"name": "a"}, "anything": {"x": [{"y": 1}]}}, []),
        ({"part": {"name": "a"}, "one_of": {"type": "tagged", "x": 1}}, []),
        ({"part": {"name": "a"}, "tagged": {"type": "tagged", "size": 1, "x": 1}}, ["tagged.x"]),
    ],
)
def test_field_that_the_type_does_not_have_is_named_with_its_path(value: dict[str, Any], unknown: list[str]) -> None:
    msgspec.convert(value, Whole)

    assert unknown_fields(Whole, value) == unknown
