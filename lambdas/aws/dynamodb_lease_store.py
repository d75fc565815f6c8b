"""Leases in the table of runtime records: one item per name, which stays so that its token never falls."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.actors.leases import Lease
from lambdas.aws.runtime_records import key_of
from lambdas.aws.translating_client import TranslatingClient

RECORD = "lease"

_NAMES = {"#holder": "holder", "#ends": "ends", "#token": "token"}


class DynamoDBLeaseStore:
    """A LeaseStore whose conditions DynamoDB checks, so that of two that ask at once one gets the lease."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = TranslatingClient(client, "DynamoDB")
        self._table = table

    def acquire(self, name: str, holder: str, ttl: timedelta, now: datetime) -> Lease | None:
        """Take a lease that nobody holds, or that this holder does. A lost answer that is asked for again is its."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(name),
                UpdateExpression="SET #holder = :holder, #ends = :ends ADD #token :one",
                ConditionExpression="attribute_not_exists(#ends) OR #ends <= :now OR #holder = :holder",
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={
                    ":holder": {"S": holder},
                    ":ends": {"S": _time(now + ttl)},
                    ":now": {"S": _time(now)},
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return _read(name, answer["Attributes"])

    def release(self, lease: Lease) -> None:
        """Let the lease end, if it is still the last."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(lease.name),
                UpdateExpression="SET #ends = :over",
                ConditionExpression="#token = :token",
                ExpressionAttributeNames={"#ends": "ends", "#token": "token"},
                ExpressionAttributeValues={":over": {"S": ""}, ":token": {"N": str(lease.token)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return  # another took it since: there is nothing left to end

    def check(self, lease: Lease, now: datetime) -> bool:
        """Read the last lease of the name, strongly consistent."""
        answer = self._client.get_item(TableName=self._table, Key=_key(lease.name), ConsistentRead=True)
        stored: Mapping[str, Any] = answer.get("Item", {})
        return bool(stored) and int(stored["token"]["N"]) == lease.token and stored["ends"]["S"] > _time(now)


def _read(name: str, stored: Mapping[str, Any]) -> Lease:
    return Lease(name, stored["holder"]["S"], int(stored["token"]["N"]), datetime.fromisoformat(stored["ends"]["S"]))


def _time(moment: datetime) -> str:
    """Write a time so that texts compare as times do: UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _key(name: str) -> dict[str, Any]:
    return key_of(f"lease#{name}", RECORD)
