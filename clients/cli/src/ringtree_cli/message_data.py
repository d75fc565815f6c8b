"""Reads the data of a message as people write them: JSON, a file of it, or name=value pairs."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO


class MessageDataError(ValueError):
    """What was written is no data of a message."""


def read_data(text: str | None, pairs: Iterable[str], stdin: TextIO) -> dict[str, Any]:
    """Read ``text`` (JSON, ``@file``, or ``-`` for stdin) and put the pairs on top; raises MessageDataError."""
    data = {} if text is None else _read_document(text, stdin)
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise MessageDataError(f"{pair!r} is not name=value; write for example ring=canary or count=3")
        data[name] = _read_value(value)
    return data


def _read_document(text: str, stdin: TextIO) -> dict[str, Any]:
    source, content = _content_of(text, stdin)
    try:
        data = json.loads(content)
    except ValueError as error:
        raise MessageDataError(f'{source} is not JSON: {error}; write it like \'{{"ring": "canary"}}\'') from error
    if not isinstance(data, dict):
        raise MessageDataError(f'{source} is not a JSON object; write it like \'{{"ring": "canary"}}\'')
    return data


def _content_of(text: str, stdin: TextIO) -> tuple[str, str]:
    if text == "-":
        return "stdin", stdin.read()
    if not text.startswith("@"):
        return "--data", text
    file = Path(text[1:])
    try:
        return str(file), file.read_text(encoding="utf-8")
    except OSError as error:
        raise MessageDataError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeError as error:
        raise MessageDataError(f"{file} is not UTF-8: {error}") from error


def _read_value(text: str) -> Any:
    """Take a value for JSON where it is some, else for a text: 3 is a number, "3" and three are texts."""
    try:
        return json.loads(text)
    except ValueError:
        return text
