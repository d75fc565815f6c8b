"""Journal entries as items: small attributes that a list shows, and the rest compressed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.claims import Claim
from lambdas.actors.journal import JournalContent, JournalEntry


class JournalItemError(ValueError):
    """A stored item is not a journal entry; a retry helps only after it was repaired."""


def to_journal_item(entry: JournalEntry, content: bytes | Claim, retention: timedelta) -> dict[str, Any]:
    """Lay an entry out; its content is in the item, or the item names the claim that has it."""
    item: dict[str, Any] = {
        **journal_key(entry.agent, entry.version),
        "committed_at": {"S": entry.committed_at.isoformat()},
        "committed_by": {"S": entry.committed_by},
        "schema": {"N": str(entry.schema)},
        "digest": {"B": bytes.fromhex(entry.digest)},
        "state_bytes": {"N": str(entry.state_bytes)},
        "expires_at": {"N": str(int((entry.committed_at + retention).timestamp()))},
    }
    if isinstance(content, Claim):
        return {**item, "claim": {"M": {"sha256": {"S": content.sha256}, "size_bytes": {"N": str(content.size_bytes)}}}}
    return {**item, "content": {"B": content}}


def journal_key(agent: ActorId, version: int) -> dict[str, Any]:
    """Name an entry."""
    return {"agent": {"S": str(agent)}, "version": {"N": str(version)}}


def claim_in(item: Mapping[str, Any]) -> Claim | None:
    """Name the claim that has the content of an item; none when the item has it."""
    match item:
        case {"claim": {"M": {"sha256": {"S": str(digest)}, "size_bytes": {"N": str(size)}}}}:
            return Claim(digest, int(size))
        case _:
            return None


def from_journal_item(item: Mapping[str, Any], content: JournalContent) -> JournalEntry:
    """Read an entry; raises JournalItemError when it is none."""
    try:
        return JournalEntry(
            agent=ActorId.parse(item["agent"]["S"]),
            version=int(item["version"]["N"]),
            committed_at=datetime.fromisoformat(item["committed_at"]["S"]),
            committed_by=item["committed_by"]["S"],
            schema=int(item["schema"]["N"]),
            digest=bytes(item["digest"]["B"]).hex(),
            state_bytes=int(item["state_bytes"]["N"]),
            turn=content.turn,
            state=content.state,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise JournalItemError(
            f"entry {item.get('version')} of {item.get('agent')} cannot be read: {error!r}"
        ) from error
