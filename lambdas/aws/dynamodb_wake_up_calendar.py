"""Wake-ups that are further off than SQS can delay them, in the table of runtime records.

All that is due in a minute is spread over a few owners, ``minute#2026-11-20T14:05#2``. The rows have no time to live:
DynamoDB would drop them after an outage of the sweep, and a wake-up must outlast that.
"""

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.actor_id import ActorId
from lambdas.actors.outbox import WakeUp
from lambdas.actors.ports import PortUnavailableError
from lambdas.actors.wake_up_calendar import minute_of
from lambdas.aws.backoff import Backoff
from lambdas.aws.runtime_records import OWNER, RECORD, key_of
from lambdas.aws.translating_client import TranslatingClient
from lambdas.observability import logger

SHARDS_OF_A_MINUTE = 4
"""Owners of one minute; each takes on about a thousand wake-ups a second."""

REQUESTS_OF_A_CALL = 25
"""Puts and deletes that one BatchWriteItem takes; no two of them may be for one row."""

ROWS_OF_A_PAGE = 1_000
"""Rows that are read at once: so many are moved, at 10 a send and 25 a delete, in the time a sweep keeps back."""

Key = tuple[str, str]


class DynamoDBWakeUpCalendar:
    """A WakeUpCalendar: one row per agent and minute."""

    def __init__(self, client: Any, table: str, backoff: Backoff | None = None) -> None:
        self._client = TranslatingClient(client, "DynamoDB")
        self._table = table
        self._backoff = backoff or Backoff()

    def enter(self, wake_ups: Sequence[WakeUp]) -> Collection[int]:
        """Write rows, up to 25 in a call."""
        earliest: dict[Key, WakeUp] = {}
        for wake_up in sorted(wake_ups, key=lambda one: one.due, reverse=True):
            earliest[_key(wake_up)] = wake_up
        requests = {key: {"PutRequest": {"Item": _row(key, wake_up)}} for key, wake_up in earliest.items()}
        unwritten = self._write(requests)
        return frozenset(place for place, wake_up in enumerate(wake_ups) if _key(wake_up) in unwritten)

    def due_in(self, minute: datetime) -> Iterator[Sequence[WakeUp]]:
        """Read the rows of a minute, owner by owner."""
        for shard in range(SHARDS_OF_A_MINUTE):
            yield from self._rows_of(_owner(minute, shard))

    def strike(self, wake_ups: Sequence[WakeUp]) -> None:
        """Delete rows, up to 25 in a call."""
        keys = {_key(wake_up) for wake_up in wake_ups}
        undeleted = self._write({key: {"DeleteRequest": {"Key": key_of(*key)}} for key in keys})
        if undeleted:
            raise PortUnavailableError(f"table {self._table} kept {len(undeleted)} wake-ups that were passed on")

    def _rows_of(self, owner: str) -> Iterator[Sequence[WakeUp]]:
        start: Mapping[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                ConsistentRead=True,
                Limit=ROWS_OF_A_PAGE,
                KeyConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": OWNER},
                ExpressionAttributeValues={":owner": {"S": owner}},
                **start,
            )
            if answer["Items"]:
                yield [_read(row) for row in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _write(self, requests: Mapping[Key, Any]) -> Collection[Key]:
        """Write in calls of 25, and again what was not processed; answer the keys of what is left."""
        left: set[Key] = set()
        keys = list(requests)
        for start in range(0, len(keys), REQUESTS_OF_A_CALL):
            chunk = keys[start : start + REQUESTS_OF_A_CALL]
            left.update(self._backoff.until_done(chunk, lambda waiting: self._attempt(requests, waiting)))
        return left

    def _attempt(self, requests: Mapping[Key, Any], keys: Sequence[Key]) -> Sequence[Key]:
        try:
            answer = self._client.batch_write_item(RequestItems={self._table: [requests[key] for key in keys]})
        except (PortUnavailableError, ClientError, BotoCoreError) as error:
            logger.warning("wake-ups were not written", extra={"table": self._table, "error": str(error)})
            return keys
        unprocessed = answer.get("UnprocessedItems", {}).get(self._table, ())
        left = {_key_in(request) for request in unprocessed}
        return [key for key in keys if key in left]


def _key(wake_up: WakeUp) -> Key:
    shard = zlib.crc32(str(wake_up.to).encode()) % SHARDS_OF_A_MINUTE
    return _owner(wake_up.due, shard), str(wake_up.to)


def _owner(moment: datetime, shard: int) -> str:
    return f"minute#{minute_of(moment).astimezone(UTC):%Y-%m-%dT%H:%M}#{shard}"


def _key_in(request: Mapping[str, Any]) -> Key:
    row = request["PutRequest"]["Item"] if "PutRequest" in request else request["DeleteRequest"]["Key"]
    return row[OWNER]["S"], row[RECORD]["S"]


def _row(key: Key, wake_up: WakeUp) -> dict[str, Any]:
    return key_of(*key) | {"due": {"S": wake_up.due.isoformat()}}


def _read(row: Mapping[str, Any]) -> WakeUp:
    return WakeUp(ActorId.parse(row[RECORD]["S"]), datetime.fromisoformat(row["due"]["S"]))
