"""Finds agents that rely on a wake-up, by scanning the agents table in segments."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.outbox import WakeUp
from lambdas.actors.wake_up_reconciliation import OverduePage, Segment
from lambdas.aws.translating_client import TranslatingClient

_FIRST = "0"
"""Sorts behind the empty text of an agent that waits for no wake-up, and before every time."""


class DynamoDBWaitingAgents:
    """A WaitingAgents. A page is one call: a megabyte of agents, of which few or none wait for what is overdue."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = TranslatingClient(client, "DynamoDB")
        self._table = table

    def overdue(self, before: datetime, segment: Segment, after: str) -> Iterator[OverduePage]:
        """Scan a segment; one that waits since a moment ago may be missing, as reads may lag behind commits."""
        while True:
            answer = self._client.scan(
                TableName=self._table,
                Segment=segment.number,
                TotalSegments=segment.count,
                FilterExpression="#hinted BETWEEN :first AND :before AND #status IN (:running, :resuming)",
                ProjectionExpression="#agent, #hinted",
                ExpressionAttributeNames={"#agent": "agent", "#hinted": "hinted", "#status": "status"},
                ExpressionAttributeValues={
                    ":first": {"S": _FIRST},
                    ":before": {"S": before.astimezone(UTC).isoformat()},
                    ":running": {"S": AgentStatus.RUNNING.value},
                    ":resuming": {"S": AgentStatus.RESUMING.value},
                },
                **({"ExclusiveStartKey": {"agent": {"S": after}}} if after else {}),
            )
            after = answer["LastEvaluatedKey"]["agent"]["S"] if "LastEvaluatedKey" in answer else ""
            yield OverduePage(tuple(_waiting(item) for item in answer["Items"]), after)
            if not after:
                return


def _waiting(item: Mapping[str, Any]) -> WakeUp:
    return WakeUp(ActorId.parse(item["agent"]["S"]), datetime.fromisoformat(item["hinted"]["S"]))
