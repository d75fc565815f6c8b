"""Evicted marks in the table of runtime records, one item per agent and mark."""

from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.actor_id import ActorId
from lambdas.actors.marks import REPEATS_END_AFTER
from lambdas.actors.outbox import EvictedMark
from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.backoff import Backoff
from lambdas.aws.runtime_records import EXPIRES_AT, OWNER, RECORD, Error, RecordWriter, key_of

KEYS_OF_A_READ = 100
"""Keys that one BatchGetItem takes."""
NAME_LIMIT_BYTES = 1000
"""A sort key holds 1,024 bytes; a longer name is kept under its digest."""

_SEQUENCE = "sequence"
_PREFIX = "mark#"
_DAY_SECONDS = 86_400

_Name = tuple[ActorId, str]


class DynamoDBMarkStore:
    """A MarkStore over the table of runtime records."""

    def __init__(self, client: Any, table: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._table = table
        self._backoff = backoff or Backoff()
        self._writer = RecordWriter(client, table, self._backoff)

    def read(self, names: Collection[_Name]) -> Mapping[_Name, int]:
        """Read marks, strongly consistent, a hundred in one call."""
        wanted = list(dict.fromkeys(names))
        stored: dict[tuple[str, str], int] = {}
        for start in range(0, len(wanted), KEYS_OF_A_READ):
            keys = [mark_key(agent, name) for agent, name in wanted[start : start + KEYS_OF_A_READ]]
            unread = self._backoff.until_done(keys, self._reader(stored))
            if unread:
                raise PortUnavailableError(f"table {self._table} did not give {len(unread)} of {len(keys)} marks")
        found = {name: stored.get(_identity(mark_key(*name))) for name in wanted}
        return {name: sequence for name, sequence in found.items() if sequence is not None}

    def remember(self, marks: Sequence[EvictedMark]) -> Collection[int]:
        """Write the highest sequence of each mark: new ones in one call, those that are there already in another."""
        highest: dict[_Name, EvictedMark] = {}
        for mark in sorted(marks, key=lambda mark: mark.sequence):
            highest[mark.agent, mark.name] = mark
        unkept, known = self._insert(highest)
        unkept |= self._raise({name: highest[name] for name in known})
        return {place for place, mark in enumerate(marks) if (mark.agent, mark.name) in unkept}

    def _insert(self, marks: Mapping[_Name, EvictedMark]) -> tuple[set[_Name], set[_Name]]:
        """Write marks that are new; answer those that could not be written, and those that are there already."""
        known: set[_Name] = set()

        def is_known(name: _Name, error: Error) -> bool:
            if error.get("Code") == "DuplicateItem":
                known.add(name)
            return name in known

        unkept = self._writer.write_each(marks, self._new_mark, is_known)
        return unkept, known

    def _raise(self, marks: Mapping[_Name, EvictedMark]) -> set[_Name]:
        """Raise marks that are there to their sequences; answer those that could not be written."""
        return self._writer.write_each(marks, self._higher_mark, _is_as_high)

    def _new_mark(self, mark: EvictedMark) -> dict[str, Any]:
        return self._writer.insert(mark_key(mark.agent, mark.name) | _content(mark))

    def _higher_mark(self, mark: EvictedMark) -> dict[str, Any]:
        content = _content(mark)
        return self._writer.update(mark_key(mark.agent, mark.name), content, f'"{_SEQUENCE}"<', content[_SEQUENCE])

    def _reader(self, stored: dict[tuple[str, str], int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
        def read(keys: Sequence[Any]) -> Sequence[Any]:
            try:
                answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
            except (ClientError, BotoCoreError) as error:
                raise PortUnavailableError(f"table {self._table} cannot be read: {error}") from error
            for item in answer["Responses"].get(self._table, ()):
                stored[_identity(item)] = int(item[_SEQUENCE]["N"])
            unread: Sequence[Any] = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", ())
            return unread

        return read


def mark_key(agent: ActorId, name: str) -> dict[str, Any]:
    """Write the key of a mark."""
    if len(name.encode()) > NAME_LIMIT_BYTES:
        name = f"sha256:{sha256(name.encode()).hexdigest()}"
    return key_of(str(agent), _PREFIX + name)


def _identity(item: Mapping[str, Any]) -> tuple[str, str]:
    return item[OWNER]["S"], item[RECORD]["S"]


def _is_as_high(_: _Name, error: Error) -> bool:
    """Tell whether a mark failed to rise because it is as high; one that expired meanwhile must come again."""
    return error.get("Code") == "ConditionalCheckFailed" and "Item" in error


def _content(mark: EvictedMark) -> dict[str, Any]:
    """A mark is needed through the last second of the last day on which a repeat may come."""
    expires_at = (mark.day + REPEATS_END_AFTER.days + 1) * _DAY_SECONDS
    return {_SEQUENCE: {"N": str(mark.sequence)}, EXPIRES_AT: {"N": str(expires_at)}}
