"""What PartiQL statements write is in the table's stream, and in its replicas.

The emulator tells streams and replicas of PutItem, UpdateItem and their batches, not of INSERT, UPDATE and DELETE
statements. AWS captures every change of an item, by whatever operation:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
Statements of a transaction are told when all of them were executed.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

import copy
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import dynamodb

_Change = tuple[str, dict[str, Any] | None, dict[str, Any] | None]
"""A table, and an item before and after."""

_of_transaction: ContextVar[list[_Change] | None] = ContextVar("changes_of_transaction", default=None)
"""What the transaction of this request has changed so far."""


def apply() -> None:
    """Tell what each writing statement has changed."""
    dynamodb._partiql_insert = _telling(dynamodb._partiql_insert, _key_of_insert)
    dynamodb._partiql_update = _telling(dynamodb._partiql_update, _key_of_others)
    dynamodb._partiql_delete = _telling(dynamodb._partiql_delete, _key_of_others)
    execute_transaction = dynamodb._execute_transaction

    def execute_and_tell(data: dict[str, Any]) -> Any:
        changes: list[_Change] = []
        token = _of_transaction.set(changes)
        try:
            answer = execute_transaction(data)
        finally:
            _of_transaction.reset(token)
        if answer[0] == 200:
            for change in changes:
                _tell(*change)
        return answer

    dynamodb._execute_transaction = execute_and_tell


def _telling(execute: Callable[..., Any], key_of: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    def execute_and_tell(table: dict[str, Any], parsed: dict[str, Any], *more: Any) -> Any:
        key = key_of(table, parsed)
        before = copy.deepcopy(_item(table, key))
        answer = execute(table, parsed, *more)
        if answer[0] == 200:
            change = (table["TableName"], before, copy.deepcopy(_item(table, key)))
            changes = _of_transaction.get()
            _tell(*change) if changes is None else changes.append(change)
        return answer

    return execute_and_tell


def _tell(table_name: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    if before is None and after is None:
        return
    event_name = "REMOVE" if after is None else "MODIFY" if before else "INSERT"
    dynamodb._emit_stream_event(table_name, event_name, before, after)


def _key_of_insert(table: dict[str, Any], parsed: dict[str, Any]) -> tuple[Any, Any]:
    item = parsed.get("item") or {}
    item = item["M"] if set(item) == {"M"} else item
    sort_key = dynamodb._extract_key_val(item.get(table["sk_name"])) if table["sk_name"] else "__no_sort__"
    return dynamodb._extract_key_val(item.get(table["pk_name"])), sort_key


def _key_of_others(table: dict[str, Any], parsed: dict[str, Any]) -> tuple[Any, Any]:
    partition_key, sort_key, _, error = dynamodb._partiql_key_target(table, parsed)
    return (None, None) if error else (partition_key, sort_key)


def _item(table: dict[str, Any], key: tuple[Any, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = table["items"].get(key[0], {}).get(key[1])
    return found
