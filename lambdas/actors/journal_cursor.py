"""Where a page of a journal begins."""

from lambdas.actors.ports import CursorError

CURSOR_DIGITS = 16
"""Digits of a cursor, which is a version: a thousand commits a second make 14 digits in a thousand years."""


def read_cursor(cursor: str | None) -> int | None:
    """Read the version below which a page begins, None for the newest; raises CursorError for anything else."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= CURSOR_DIGITS):
        raise CursorError(f"cursor {cursor[:100]!r} is not one of a journal; begin without one")
    return int(cursor)
