"""Agents' items in DynamoDB: one call loads a batch of agents, one call commits it."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem
from lambdas.actors.ports import CommitOutcome, CommitStatus, PortUnavailableError
from lambdas.aws.attribute_values import to_attribute_value
from lambdas.aws.backoff import Backoff
from lambdas.aws.dynamodb_agent_reads import read_items

STATEMENTS_OF_A_COMMIT = 25
"""Statements that one BatchExecuteStatement takes."""

_COMMITTED = CommitOutcome(CommitStatus.COMMITTED)
_FENCED = CommitOutcome(CommitStatus.FENCED)


class DynamoDBStateStore:
    """A StateStore in the agents table. Each statement of a commit is conditional and atomic on its own."""

    def __init__(self, client: Any, table: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._table = table
        self._backoff = backoff or Backoff()

    def load(self, agents: Sequence[ActorId]) -> Mapping[ActorId, AgentItem]:
        """Read the newest committed items, strongly consistent."""
        return read_items(self._client, self._table, agents, self._backoff)

    def commit(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
        """Write each item if its version is the next one; statements that DynamoDB could not run are tried again."""
        outcomes: dict[ActorId, CommitOutcome] = {}
        for start in range(0, len(items), STATEMENTS_OF_A_COMMIT):
            self._backoff.until_done(
                items[start : start + STATEMENTS_OF_A_COMMIT], lambda left: self._attempt(left, outcomes)
            )
        return outcomes

    def _attempt(self, items: Sequence[AgentItem], outcomes: dict[ActorId, CommitOutcome]) -> Sequence[AgentItem]:
        statements = [
            _insert(self._table, item) if item["version"] == 1 else _update(self._table, item) for item in items
        ]
        try:
            answer = self._client.batch_execute_statement(Statements=statements)
        except (ClientError, BotoCoreError) as error:
            raise PortUnavailableError(f"table {self._table} did not answer to a commit: {error}") from error
        for item, response in zip(items, answer["Responses"], strict=True):
            outcomes[ActorId.parse(item["agent"])] = _outcome(item, response.get("Error"))
        return [item for item in items if outcomes[ActorId.parse(item["agent"])].status is CommitStatus.FAILED]


def _outcome(item: AgentItem, error: Mapping[str, Any] | None) -> CommitOutcome:
    """Judge one statement's answer. A lost answer that the SDK asked for again looks like a lost fence."""
    match error:
        case None:
            return _COMMITTED
        case {"Code": "ConditionalCheckFailed", "Item": Mapping() as stored} if _is_ours(item, stored):
            return _COMMITTED
        case {"Code": "ConditionalCheckFailed" | "DuplicateItem"}:
            return _FENCED
        case _:
            return CommitOutcome(CommitStatus.FAILED, f"{error.get('Code')}: {error.get('Message')}")


def _is_ours(item: AgentItem, stored: Mapping[str, Any]) -> bool:
    return all(stored.get(name) == to_attribute_value(item[name]) for name in ("version", "committed_by"))


def _insert(table: str, item: AgentItem) -> dict[str, Any]:
    """Write a first version; fails with DuplicateItem when there is one, and does not say whose."""
    fields = ", ".join(f"'{name}': ?" for name in item)
    return {
        "Statement": f'INSERT INTO "{table}" VALUE {{{fields}}}',
        "Parameters": [to_attribute_value(value) for value in item.values()],
    }


def _update(table: str, item: AgentItem) -> dict[str, Any]:
    """Write a further version if the one before it is stored."""
    changes = {name: value for name, value in item.items() if name != "agent"}
    clauses = " ".join(f'SET "{name}"=?' for name in changes)
    return {
        "Statement": f'UPDATE "{table}" {clauses} WHERE "agent"=? AND "version"=?',
        "Parameters": [to_attribute_value(value) for value in (*changes.values(), item["agent"], item["version"] - 1)],
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
