"""Reading agents from the agents table, without telling them anything."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.kind_shards import kind_shard, kind_shards
from lambdas.actors.ports import AgentListing, AgentPage, AgentSnapshot, CursorError, PortUnavailableError
from lambdas.actors.snapshots import snapshot
from lambdas.aws.attribute_values import from_stored_item
from lambdas.aws.backoff import Backoff
from lambdas.aws.dynamodb_agent_reads import read_items

KIND_INDEX = "by_kind"
"""Global index of the agents table: ``kind_shard``, then ``agent``."""


class DynamoDBAgentDirectory:
    """An AgentDirectory over the agents table and its index by kind."""

    def __init__(self, client: Any, table: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._table = table
        self._backoff = backoff or Backoff()

    def get(self, agent: ActorId) -> AgentSnapshot | None:
        """Read one agent as last committed."""
        return self.get_many([agent]).get(agent)

    def get_many(self, agents: Sequence[ActorId]) -> Mapping[ActorId, AgentSnapshot]:
        """Read many agents as last committed, a hundred in one call."""
        items = read_items(self._client, self._table, agents, self._backoff)
        return {agent: snapshot(item) for agent, item in items.items()}

    def list(self, kind: str, limit: int, cursor: str | None = None) -> AgentPage:
        """List agents of a kind, shard by shard; the cursor is the address of the last one listed."""
        last = _read_cursor(cursor, kind)
        found: list[AgentListing] = []
        shards = kind_shards(kind)
        for shard in shards[shards.index(kind_shard(last)) if last else 0 :]:
            after = last if last and kind_shard(last) == shard else None
            found += self._of_shard(shard, limit + 1 - len(found), after)
            if len(found) > limit:
                return AgentPage(tuple(found[:limit]), str(found[limit - 1].agent))
        return AgentPage(tuple(found), None)

    def _of_shard(self, shard: str, limit: int, after: ActorId | None) -> Sequence[AgentListing]:
        found: list[AgentListing] = []
        while len(found) < limit:
            answer = self._query(shard, limit - len(found), after)
            found += [_listing(stored) for stored in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            after = ActorId.parse(answer["LastEvaluatedKey"]["agent"]["S"])
        return found

    def _query(self, shard: str, limit: int, after: ActorId | None) -> Mapping[str, Any]:
        condition = "#shard = :shard" + (" AND #agent > :after" if after else "")
        values = {":shard": {"S": shard}, **({":after": {"S": str(after)}} if after else {})}
        names = {"#shard": "kind_shard", **({"#agent": "agent"} if after else {})}
        try:
            answer: Mapping[str, Any] = self._client.query(
                TableName=self._table,
                IndexName=KIND_INDEX,
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                Limit=limit,
            )
        except (ClientError, BotoCoreError) as error:
            raise PortUnavailableError(f"table {self._table} cannot be listed: {error}") from error
        return answer


def _listing(stored: Mapping[str, Any]) -> AgentListing:
    item = from_stored_item(stored)
    return AgentListing(ActorId.parse(item["agent"]), item.get("listed", {}))


def _read_cursor(cursor: str | None, kind: str) -> ActorId | None:
    if cursor is None:
        return None
    try:
        last = ActorId.parse(cursor)
    except ActorIdError as error:
        raise CursorError(f"cursor {cursor!r} is not one of this list; begin without one") from error
    if last.kind != kind:
        raise CursorError(f"cursor {cursor!r} is of a list of {last.kind!r}, not of {kind!r}; begin without one")
    return last
