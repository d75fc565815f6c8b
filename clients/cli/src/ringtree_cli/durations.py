"""Durations as people write them: ``90s``, ``10m``, ``2h``, ``1d``, ``1h30m``."""

import re
from datetime import timedelta

UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


class DurationError(ValueError):
    """A text is no duration."""


def parse_duration(text: str) -> timedelta:
    """Read a duration; raises DurationError naming the text and the forms that are understood."""
    if not DURATION.fullmatch(text):
        raise DurationError(f"{text!r} is not a duration; write a number and a unit, such as 90s, 10m, 2h, 1d or 1h30m")
    return timedelta(seconds=sum(float(number) * UNIT_SECONDS[unit] for number, unit in PART.findall(text)))


def format_duration(duration: timedelta) -> str:
    """Say a duration in at most two units, whole seconds: ``4s``, ``1m 05s``, ``2h 07m``, ``3d 02h``."""
    seconds = max(0, round(duration.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days}d {hours % 24:02d}h"
    if hours:
        return f"{hours}h {minutes % 60:02d}m"
    if minutes:
        return f"{minutes}m {seconds % 60:02d}s"
    return f"{seconds}s"
