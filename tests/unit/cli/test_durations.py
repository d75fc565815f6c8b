"""Durations are read as people write them."""

from datetime import timedelta

import pytest
from ringtree_cli.durations import DurationError, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), ("1h30m", 5400), ("0.5s", 0.5)],
)
def test_a_duration_is_a_number_and_a_unit_once_or_more(text: str, seconds: float):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "-5s", "3x", "1h 30m", "1h30"])
def test_anything_else_is_refused_with_the_forms_that_are_understood(text: str):
    with pytest.raises(DurationError, match="such as 90s, 10m, 2h") as refused:
        parse_duration(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0s"), (4.4, "4s"), (65, "1m 05s"), (7620, "2h 07m"), (266400, "3d 02h")]
)
def test_a_duration_is_said_in_at_most_two_units(seconds: float, text: str):
    assert format_duration(timedelta(seconds=seconds)) == text
