"""What the turns of agents cost in DynamoDB: read from the items themselves, since the emulator bills nobody.

An item's version is the number of times it was committed, so two readings of the table tell the commits between them.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class AgentItem:
    """One agent's item at one moment."""

    version: int
    size_bytes: int

    @property
    def write_units(self) -> int:
        """Units that one commit takes."""
        return math.ceil(self.size_bytes / WRITE_UNIT_BYTES)

    @property
    def read_units(self) -> int:
        """Units that one consistent read takes."""
        return math.ceil(self.size_bytes / READ_UNIT_BYTES)


AgentItems = Mapping[str, AgentItem]
"""By agent."""


@dataclass(frozen=True, slots=True)
class TurnsOfAKind:
    """What agents of one kind did between two readings."""

    kind: str
    agents: int
    """That took a turn."""
    commits: int
    write_units: int
    read_units: int
    largest_item_bytes: int


def read_agent_items(dynamodb: Any, table: str) -> dict[str, AgentItem]:
    """Read the whole table."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    return {
        item["agent"]["S"]: AgentItem(int(item["version"]["N"]), item_size_bytes(item))
        for page in pages
        for item in page["Items"]
    }


def journal_write_units(dynamodb: Any, table: str, before: AgentItems) -> int:
    """Sum what the journal's entries took of versions that agents have reached since ``before``."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    return sum(
        math.ceil(item_size_bytes(entry) / WRITE_UNIT_BYTES)
        for page in pages
        for entry in page["Items"]
        if int(entry["version"]["N"]) > (before[entry["agent"]["S"]].version if entry["agent"]["S"] in before else 0)
    )


def item_size_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Size as DynamoDB counts it, within a few bytes: names and values in UTF-8, numbers short, maps 3 bytes more."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def turns_between(before: AgentItems, after: AgentItems) -> list[TurnsOfAKind]:
    """Commits and their units by kind, by the size that items have at the end; the kind with most commits first."""
    of_kinds: dict[str, list[tuple[int, AgentItem]]] = {}
    for agent, item in after.items():
        commits = item.version - (before[agent].version if agent in before else 0)
        if commits:
            of_kinds.setdefault(agent.partition("/")[0], []).append((commits, item))
    turns = [_turns_of(kind, took) for kind, took in of_kinds.items()]
    return sorted(turns, key=lambda of_kind: of_kind.commits, reverse=True)


def _turns_of(kind: str, took: Iterable[tuple[int, AgentItem]]) -> TurnsOfAKind:
    turns = list(took)
    return TurnsOfAKind(
        kind=kind,
        agents=len(turns),
        commits=sum(commits for commits, _ in turns),
        write_units=sum(commits * item.write_units for commits, item in turns),
        read_units=sum(commits * item.read_units for commits, item in turns),
        largest_item_bytes=max(item.size_bytes for _, item in turns),
    )


def _value_bytes(value: Mapping[str, Any]) -> int:
    match value:
        case {"S": str() as text}:
            return len(text.encode())
        case {"N": str() as number}:
            return len(number) // 2 + 1
        case {"B": bytes() as content}:
            return len(content)
        case {"B": str() as encoded}:
            return len(encoded) * 3 // 4
        case {"M": Mapping() as members}:
            return 3 + item_size_bytes(members) + len(members)
        case _:
            return len(json.dumps(value))
