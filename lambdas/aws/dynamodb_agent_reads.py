"""Reads items of agents from the agents table, up to a hundred in one call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.actor_id import ActorId
from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.attribute_values import from_stored_item
from lambdas.aws.backoff import Backoff

KEYS_OF_A_READ = 100
"""Keys that one BatchGetItem takes."""


def read_items(
    client: Any, table: str, agents: Sequence[ActorId], backoff: Backoff, projection: Mapping[str, Any] | None = None
) -> dict[ActorId, dict[str, Any]]:
    """Read the newest items of agents that have one; raises PortUnavailableError when some cannot be read."""
    found: dict[ActorId, dict[str, Any]] = {}
    keys = [{"agent": {"S": address}} for address in dict.fromkeys(str(agent) for agent in agents)]
    for start in range(0, len(keys), KEYS_OF_A_READ):
        chunk = keys[start : start + KEYS_OF_A_READ]
        unread = backoff.until_done(chunk, _reader(client, table, projection or {}, found))
        if unread:
            raise PortUnavailableError(f"table {table} did not give {len(unread)} of {len(chunk)} items; try later")
    return found


def _reader(
    client: Any, table: str, projection: Mapping[str, Any], found: dict[ActorId, dict[str, Any]]
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    def read(keys: Sequence[Any]) -> Sequence[Any]:
        request = {table: {"Keys": keys, "ConsistentRead": True, **projection}}
        try:
            answer = client.batch_get_item(RequestItems=request)
        except (ClientError, BotoCoreError) as error:
            raise PortUnavailableError(f"table {table} cannot be read: {error}") from error
        for stored in answer["Responses"].get(table, ()):
            found[ActorId.parse(stored["agent"]["S"])] = from_stored_item(stored)
        unread: Sequence[Any] = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", ())
        return unread

    return read
