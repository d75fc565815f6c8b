"""The journal of agents in DynamoDB: entries are written in batches and read in one query per page."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.actor_id import ActorId
from lambdas.actors.claims import Claim, ClaimError, checked, claim_of
from lambdas.actors.journal import (
    SNAPSHOT_EVERY,
    JournalContent,
    JournalEntry,
    JournalPage,
    pack_content,
    unpack_content,
)
from lambdas.actors.journal_cursor import read_cursor
from lambdas.actors.ports import ClaimStore, PortUnavailableError
from lambdas.aws.backoff import Backoff
from lambdas.aws.journal_items import claim_in, from_journal_item, to_journal_item
from lambdas.observability import logger

ITEMS_OF_A_WRITE = 25
"""Items that one BatchWriteItem takes."""

CONTENT_LIMIT_BYTES = 300 * 1024
"""Bytes of content that an item holds; larger ones become claims, so that no entry nears the 400 KB of an item."""

NEWEST = 10**18
"""A version that no agent reaches."""

_DEFAULT_RETENTION = timedelta(days=30)


class DynamoDBJournal:
    """A Journal in a table of its own. DynamoDB drops entries some time after their retention."""

    def __init__(
        self,
        client: Any,
        table: str,
        claims: ClaimStore,
        *,
        retention: timedelta = _DEFAULT_RETENTION,
        backoff: Backoff | None = None,
    ) -> None:
        self._client = client
        self._table = table
        self._claims = claims
        self._retention = retention
        self._backoff = backoff or Backoff()

    def append(self, entries: Sequence[JournalEntry]) -> Collection[int]:
        """Keep entries; an entry that is kept already is written over by the same one."""
        places = {(entry.agent, entry.version): place for place, entry in enumerate(entries)}
        contents = {place: pack_content(entries[place]) for place in places.values()}
        large = {place: claim_of(packed) for place, packed in contents.items() if len(packed) > CONTENT_LIMIT_BYTES}
        try:
            if large:
                self._claims.put({claim: contents[place] for place, claim in large.items()})
        except PortUnavailableError as error:
            logger.warning("claims of the journal were not kept", extra={"claims": len(large), "error": str(error)})
            return range(len(entries))
        items = [
            (place, to_journal_item(entries[place], large.get(place, content), self._retention))
            for place, content in contents.items()
        ]
        left = {
            place
            for start in range(0, len(items), ITEMS_OF_A_WRITE)
            for place, _ in self._backoff.until_done(items[start : start + ITEMS_OF_A_WRITE], self._write)
        }
        return [place for place, entry in enumerate(entries) if places[entry.agent, entry.version] in left]

    def page(self, agent: ActorId, limit: int, cursor: str | None = None) -> JournalPage:
        """Read an agent's entries, newest first; the cursor is the last version read."""
        before = read_cursor(cursor)
        found = self._entries(agent, 1, before - 1 if before is not None else None, limit + 1)
        newest = tuple(islice(found, limit))
        return JournalPage(newest, str(newest[-1].version) if next(found, None) is not None else None)

    def span(self, agent: ActorId, first: int, last: int) -> Sequence[JournalEntry]:
        """Read some versions."""
        found = list(self._entries(agent, first, last, last - first + 1)) if first <= last else []
        return tuple(reversed(found))

    def lead_up(self, agent: ActorId, version: int) -> Sequence[JournalEntry]:
        """Read the entries from which a version is rebuilt."""
        found: list[JournalEntry] = []
        for entry in self._entries(agent, 1, version, SNAPSHOT_EVERY + 1):
            found.append(entry)
            if entry.is_whole and entry.version < version:
                break
        return tuple(reversed(found))

    def _write(self, items: Sequence[tuple[int, dict[str, Any]]]) -> Sequence[tuple[int, dict[str, Any]]]:
        """Write up to 25 items; answer those that were not."""
        request = {self._table: [{"PutRequest": {"Item": item}} for _, item in items]}
        try:
            answer = self._client.batch_write_item(RequestItems=request)
        except (ClientError, BotoCoreError) as error:
            logger.warning("the journal's table did not answer", extra={"entries": len(items), "error": str(error)})
            return items
        unwritten = answer.get("UnprocessedItems", {}).get(self._table, ())
        keys = [_key(request["PutRequest"]["Item"]) for request in unwritten]
        return [(place, item) for place, item in items if _key(item) in keys]

    def _entries(self, agent: ActorId, first: int, last: int | None, at_once: int) -> Iterator[JournalEntry]:
        """Read entries, newest first, ``at_once`` with each query."""
        upper = NEWEST if last is None else last
        query = {
            "TableName": self._table,
            "KeyConditionExpression": "#agent = :agent AND #version BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#agent": "agent", "#version": "version"},
            "ExpressionAttributeValues": {
                ":agent": {"S": str(agent)},
                ":first": {"N": str(first)},
                ":last": {"N": str(upper)},
            },
            "ScanIndexForward": False,
            "Limit": at_once,
        }
        if upper < first:
            return
        while True:
            answer = self._query(query)
            yield from self._read(answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _query(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = self._client.query(**query)
        except (ClientError, BotoCoreError) as error:
            raise PortUnavailableError(f"table {self._table} cannot be read: {error}") from error
        return answer

    def _read(self, items: Sequence[Mapping[str, Any]]) -> list[JournalEntry]:
        claims = {claim for item in items if (claim := claim_in(item))}
        claimed = self._claims.get(claims) if claims else {}
        return [from_journal_item(item, _content(item, claimed)) for item in items]


def _content(item: Mapping[str, Any], claimed: Mapping[Claim, bytes]) -> JournalContent:
    """Read the compressed part of an item; one that is gone or altered counts as lost."""
    claim = claim_in(item)
    try:
        packed = bytes(item["content"]["B"]) if claim is None else checked(claim, claimed.get(claim))
        return unpack_content(packed)
    except (KeyError, TypeError, ValueError, ClaimError):
        return JournalContent()


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["agent"]["S"], item["version"]["N"]
