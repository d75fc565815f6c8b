"""Reads the fields of settings from environment variables, and says which one is missing or wrong."""

import json
from collections.abc import Mapping
from datetime import timedelta


class SettingError(ValueError):
    """An environment variable is missing or wrong; only a deployment can help."""


def read_text(environment: Mapping[str, str], name: str) -> str:
    """Read a variable that must be set; raises SettingError naming it when it is not."""
    value = environment.get(name, "")
    if not value:
        raise SettingError(
            f"environment variable {name} is not set; the stack of the function sets it, deploy it again"
        )
    return value


def read_number(environment: Mapping[str, str], name: str) -> int:
    """Read a whole number above 0; raises SettingError naming variable and value."""
    value = read_text(environment, name)
    if not value.isdecimal() or int(value) == 0:
        raise SettingError(f"environment variable {name} is {value!r}, must be a whole number above 0")
    return int(value)


def read_seconds(environment: Mapping[str, str], name: str) -> timedelta:
    """Read a length of time given in whole seconds above 0; raises SettingError naming variable and value."""
    return timedelta(seconds=read_number(environment, name))


def read_mapping(environment: Mapping[str, str], name: str) -> dict[str, str]:
    """Read a JSON object of texts; raises SettingError naming the variable."""
    value = read_text(environment, name)
    try:
        mapping = json.loads(value)
    except ValueError as error:
        raise SettingError(f"environment variable {name} is {value!r}, must be a JSON object of texts") from error
    if not isinstance(mapping, dict) or not all(isinstance(text, str) for text in mapping.values()):
        raise SettingError(f"environment variable {name} is {value!r}, must be a JSON object of texts")
    return mapping


def write_seconds(duration: timedelta) -> str:
    """Write a length of time so that ``read_seconds`` reads it again."""
    return str(int(duration.total_seconds()))


def write_mapping(mapping: Mapping[str, str]) -> str:
    """Write texts so that ``read_mapping`` reads them again."""
    return json.dumps(dict(mapping), separators=(",", ":"), sort_keys=True)
