"""Dead letters in the table of runtime records: under their agent's address, and open ones in a view of all."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.dead_letters import DeadLetter, DecidedLetter, Decision, LetterPage, SettledLetter, held_letter_id
from lambdas.actors.letter_lists import listed_at, read_cursor, write_cursor
from lambdas.actors.ports import LetterDecidedError, PortUnavailableError
from lambdas.aws.backoff import Backoff
from lambdas.aws.letter_items import (
    LETTER_PREFIX,
    TOMBSTONE_KEPT,
    letter_key,
    read_letter,
    view_shards,
    write_decision,
    write_open,
)
from lambdas.aws.runtime_records import (
    EXPIRES_AT,
    LISTED_AT,
    OWNER,
    RECORD,
    VIEW,
    VIEW_INDEX,
    RecordWriter,
    failed_condition,
)
from lambdas.observability import logger

_AFTER_ALL_LETTERS = LETTER_PREFIX[:-1] + chr(ord(LETTER_PREFIX[-1]) + 1)


class DynamoDBDeadLetterStore:
    """A DeadLetterStore over the table of runtime records. The list of all agents may lag behind by moments."""

    def __init__(self, client: Any, table: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._table = table
        self._writer = RecordWriter(client, table, backoff or Backoff())

    def park(self, letters: Sequence[DeadLetter]) -> Collection[int]:
        """Insert letters, up to 25 in a call; one that is there, open or decided, stays as it is."""
        unparked = self._writer.write_each(
            {(letter.agent, letter.letter_id): letter for letter in reversed(letters)},
            lambda letter: self._writer.insert(write_open(letter)),
            lambda _, error: error.get("Code") == "DuplicateItem",
        )
        return {place for place, letter in enumerate(letters) if (letter.agent, letter.letter_id) in unparked}

    def held(self, agent: str, first: int, last: int) -> Sequence[DecidedLetter]:
        """Read the messages held for an agent, strongly consistent."""
        begin, end = (LETTER_PREFIX + held_letter_id(number) for number in (first, last))
        return list(self._of_agent(agent, begin, end, last + 1 - first))

    def get(self, agent: str, letter_id: str) -> DecidedLetter | None:
        """Read one letter, strongly consistent."""
        key = letter_key(agent, letter_id)
        try:
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        except (ClientError, BotoCoreError) as error:
            raise PortUnavailableError(f"table {self._table} cannot be read: {error}") from error
        return read_letter(answer["Item"]) if "Item" in answer else None

    def list(self, agent: str | None, limit: int, cursor: str | None = None) -> LetterPage:
        """List open letters; of all agents, each shard is read only as far as the page reaches."""
        after = read_cursor(cursor, agent)
        if agent is None:
            shards = (self._in_view(shard, after, limit + 1) for shard in view_shards())
            letters = merge(*shards, key=lambda kept: listed_at(kept.letter), reverse=True)
        else:
            begin = LETTER_PREFIX + (after or "")
            kept_letters = self._of_agent(agent, begin, _AFTER_ALL_LETTERS, limit + 1)
            letters = (kept for kept in kept_letters if kept.decision is None and kept.letter.letter_id != after)
        page = tuple(islice(letters, limit + 1))
        if len(page) <= limit:
            return LetterPage(page, None)
        return LetterPage(page[:limit], write_cursor(page[limit - 1].letter, agent))

    def decide(self, agent: str, letter_id: str, decision: Decision) -> None:
        """Note a decision; one whose answer was lost and that is made again has been made."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=letter_key(agent, letter_id),
                UpdateExpression="SET #decision = :decision, #expires = :expires REMOVE #view",
                ConditionExpression="attribute_exists(#view)",
                ExpressionAttributeNames={"#decision": "decision", "#expires": EXPIRES_AT, "#view": VIEW},
                ExpressionAttributeValues={
                    ":decision": {"S": write_decision(decision)},
                    ":expires": {"N": str(int((decision.at + TOMBSTONE_KEPT).timestamp()))},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except (ClientError, BotoCoreError) as error:
            stored = failed_condition(error)
            if stored is None:
                raise PortUnavailableError(f"table {self._table} did not take a decision: {error}") from error
            if stored.get("decision") != {"S": write_decision(decision)}:
                raise LetterDecidedError(
                    f"letter {letter_id} of {agent} is not open; read it to see what became of it"
                ) from error

    def settle(self, settled: Sequence[SettledLetter]) -> Collection[int]:
        """Note what became of held messages, one call each: an agent is seldom resumed."""
        return {place for place, one in enumerate(settled) if not self._is_settled(one)}

    def _is_settled(self, one: SettledLetter) -> bool:
        try:
            self.decide(one.agent, held_letter_id(one.number), one.decision)
        except LetterDecidedError:
            return True
        except PortUnavailableError as error:
            logger.warning(
                "letter was not settled", extra={"agent": one.agent, "number": one.number, "error": str(error)}
            )
            return False
        return True

    def _of_agent(self, agent: str, begin: str, end: str, limit: int) -> Iterator[DecidedLetter]:
        return self._query(
            {
                "KeyConditionExpression": "#owner = :owner AND #record BETWEEN :begin AND :end",
                "ExpressionAttributeNames": {"#owner": OWNER, "#record": RECORD},
                "ExpressionAttributeValues": {":owner": {"S": agent}, ":begin": {"S": begin}, ":end": {"S": end}},
                "ConsistentRead": True,
                "Limit": limit,
            }
        )

    def _in_view(self, shard: str, before: str | None, limit: int) -> Iterator[DecidedLetter]:
        values = {":view": {"S": shard}} | ({":before": {"S": before}} if before else {})
        return self._query(
            {
                "IndexName": VIEW_INDEX,
                "KeyConditionExpression": "#view = :view" + (" AND #listed_at < :before" if before else ""),
                "ExpressionAttributeNames": {"#view": VIEW} | ({"#listed_at": LISTED_AT} if before else {}),
                "ExpressionAttributeValues": values,
                "ScanIndexForward": False,
                "Limit": limit,
            }
        )

    def _query(self, request: Mapping[str, Any]) -> Iterator[DecidedLetter]:
        """Read letters page by page, a page only when its first letter is wanted."""
        start: Mapping[str, Any] = {}
        while True:
            try:
                answer = self._client.query(TableName=self._table, **request, **start)
            except (ClientError, BotoCoreError) as error:
                raise PortUnavailableError(f"table {self._table} cannot be listed: {error}") from error
            yield from (read_letter(item) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
