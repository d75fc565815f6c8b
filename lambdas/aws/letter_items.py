"""Dead letters as items of the table of runtime records."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zlib import crc32

import msgspec

from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, Decision
from lambdas.actors.letter_lists import listed_at
from lambdas.aws.runtime_records import LISTED_AT, VIEW, key_of

LETTER_PREFIX = "letter#"
VIEW_SHARDS = 8
"""Open letters of all agents meet in as many partitions of the index, each agent's in one."""

TOMBSTONE_KEPT = timedelta(days=30)
"""A decided letter is kept, so that a repeat cannot open it again: the turn that parked it can be repeated as long as
its mailbox message stays, at most 14 days."""

_BODY = "body"
"""Has an attribute of its own: within the JSON of the letter its quotes would be escaped."""


def letter_key(agent: str, letter_id: str) -> dict[str, Any]:
    """Write the key of a letter."""
    return key_of(agent, LETTER_PREFIX + letter_id)


def view_shards() -> tuple[str, ...]:
    """Name the shards in which open letters are listed."""
    return tuple(_shard_name(number) for number in range(VIEW_SHARDS))


def write_open(letter: DeadLetter) -> dict[str, Any]:
    """Lay an open letter out: in the view until it is decided on."""
    return letter_key(letter.agent, letter.letter_id) | {
        "letter": {"S": msgspec.json.encode(replace(letter, body="")).decode()},
        _BODY: {"S": letter.body},
        VIEW: {"S": _shard_name(crc32(letter.agent.encode()) % VIEW_SHARDS)},
        LISTED_AT: {"S": listed_at(letter)},
    }


def write_decision(decision: Decision) -> str:
    """Write what was decided as JSON."""
    return msgspec.json.encode(decision).decode()


def read_letter(item: Mapping[str, Any]) -> DecidedLetter:
    """Read a letter and what was decided on it; an item of the index has no body."""
    letter = msgspec.json.decode(item["letter"]["S"], type=DeadLetter)
    decision = msgspec.json.decode(item["decision"]["S"], type=Decision) if "decision" in item else None
    body = item.get(_BODY, {"S": ""})["S"]
    return DecidedLetter(replace(letter, body=body), decision)


def _shard_name(number: int) -> str:
    return f"open_letters#{number}"
