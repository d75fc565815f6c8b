"""Where a dead letter stands in lists, and where a page of a list begins."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

import msgspec

from lambdas.actors.dead_letters import DeadLetter
from lambdas.actors.ports import CursorError

POSITION_LIMIT_BYTES = 1000
"""Bytes of a position; a sort key of DynamoDB holds 1,024, of which a record's kind takes some."""


class _Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last letter of a page. ``agent`` is None in the list of all agents' letters."""

    agent: str | None
    position: str


def listed_at(letter: DeadLetter) -> str:
    """Place a letter among those of all agents: by the time it was parked, then by its address.

    Letters of one turn have the same time; with the address no two letters share a place.
    """
    moment = letter.parked_at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{moment}#{letter.agent}#{letter.letter_id}"


def position_in(letter: DeadLetter, agent: str | None) -> str:
    """Place a letter in the list of one agent's letters, or of all when ``agent`` is None."""
    return listed_at(letter) if agent is None else letter.letter_id


def write_cursor(last: DeadLetter, agent: str | None) -> str:
    """Name the place behind the last letter of a page."""
    return urlsafe_b64encode(msgspec.json.encode(_Cursor(agent, position_in(last, agent)))).decode()


def read_cursor(cursor: str | None, agent: str | None) -> str | None:
    """Read the position behind which a page begins, None for the first page; raises CursorError."""
    if cursor is None:
        return None
    try:
        last = msgspec.json.decode(urlsafe_b64decode(cursor.encode("ascii")), type=_Cursor)
    except (msgspec.MsgspecError, binascii.Error, UnicodeError) as error:
        raise CursorError(f"cursor {cursor[:100]!r} is not one of a list of letters; begin without one") from error
    if last.agent != agent or not _is_position(last.position, agent):
        raise CursorError(f"cursor {cursor[:100]!r} is of another list of letters; begin without one")
    return last.position


def _is_position(position: str, agent: str | None) -> bool:
    """Tell whether a text can be the place of a letter; only such ones reach a store's key condition."""
    if len(position.encode()) > POSITION_LIMIT_BYTES:
        return False
    if agent is not None:
        return bool(position)
    moment, *address = position.split("#", 2)
    try:
        return len(address) == 2 and datetime.fromisoformat(moment).utcoffset() is not None
    except ValueError:
        return False
