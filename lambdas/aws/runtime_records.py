"""The table of runtime records: what the runtime keeps beside the agents' items."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.aws.backoff import Backoff
from lambdas.observability import logger

OWNER, RECORD = "owner", "record"
"""Partition and sort key: whose record it is, and which of theirs."""
EXPIRES_AT = "expires_at"
"""Second after which DynamoDB may delete a record; it does so within days, so nothing may depend on when."""
VIEW, LISTED_AT = "view", "listed_at"
"""Keys of the sparse index: a record without a view is found by its owner only."""
VIEW_INDEX = "by_view"

STATEMENTS_OF_A_CALL = 25
"""Statements that one BatchExecuteStatement takes."""

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
Error = Mapping[str, Any]


def key_of(owner: str, record: str) -> dict[str, Any]:
    """Write the key of a record."""
    return {OWNER: {"S": owner}, RECORD: {"S": record}}


def failed_condition(error: ClientError | BotoCoreError) -> Mapping[str, Any] | None:
    """Give the record that did not meet a condition, empty when there is none; None for an error of another kind."""
    if not isinstance(error, ClientError):
        return None
    if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
        return None
    record: Mapping[str, Any] = error.response.get("Item", {})
    return record


class RecordWriter:
    """Writes many records in few calls, each on a condition of its own."""

    def __init__(self, client: Any, table: str, backoff: Backoff) -> None:
        self._client = client
        self._table = table
        self._backoff = backoff

    def insert(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Make the statement that writes a new record; where one is already, it fails with DuplicateItem.

        Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
        """
        fields = ", ".join(f"'{name}': ?" for name in item)
        return {"Statement": f'INSERT INTO "{self._table}" VALUE {{{fields}}}', "Parameters": list(item.values())}

    def update(
        self, key: Mapping[str, Any], changes: Mapping[str, Any], condition: str, compared: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Make the statement that changes a record that is there and meets a condition.

        Otherwise it fails with ConditionalCheckFailed, with the record if there is one.
        """
        clauses = " ".join(f'SET "{name}"=?' for name in changes)
        names = " AND ".join(f'"{name}"=?' for name in key)
        return {
            "Statement": f'UPDATE "{self._table}" {clauses} WHERE {names} AND {condition}?',
            "Parameters": [*changes.values(), *key.values(), compared],
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def write_each(
        self,
        entries: Mapping[K, T],
        statement_of: Callable[[T], dict[str, Any]],
        is_done: Callable[[K, Error], bool],
    ) -> set[K]:
        """Run one statement per entry, up to 25 in a call, and again those that could not be run.

        Entries are keyed by the record they are of: a batch takes one statement per record. ``is_done`` says which
        errors are as good as done. Answers the keys of entries that are not done.
        """
        undone: set[K] = set()

        def attempt(waiting: Sequence[K]) -> Sequence[K]:
            errors = self._run([statement_of(entries[key]) for key in waiting])
            return [key for key, error in zip(waiting, errors, strict=True) if error and not is_done(key, error)]

        keys = list(entries)
        for start in range(0, len(keys), STATEMENTS_OF_A_CALL):
            undone.update(self._backoff.until_done(keys[start : start + STATEMENTS_OF_A_CALL], attempt))
        return undone

    def _run(self, statements: Sequence[dict[str, Any]]) -> Sequence[Error | None]:
        """Run statements, each on its own; answer the error of each, or None."""
        table = {"table": self._table}
        try:
            answer = self._client.batch_execute_statement(Statements=statements)
        except (ClientError, BotoCoreError) as unanswered:
            logger.warning(
                "table did not answer", extra={**table, "statements": len(statements), "error": str(unanswered)}
            )
            return [{"Code": "Unanswered"}] * len(statements)
        errors: list[Error | None] = [response.get("Error") for response in answer["Responses"]]
        for error in errors:
            if error and error.get("Code") not in _CONDITION_NOT_MET:
                logger.warning("table refused a statement", extra={**table, "error": dict(error)})
        return errors


_CONDITION_NOT_MET = frozenset({"ConditionalCheckFailed", "DuplicateItem"})
