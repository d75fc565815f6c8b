"""Cursors in the table of runtime records."""

from typing import Any

from lambdas.aws.runtime_records import key_of
from lambdas.aws.translating_client import TranslatingClient

RECORD = "cursor"


class DynamoDBCursors:
    """A Cursors: one item per name, written only under the highest token that it has seen."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = TranslatingClient(client, "DynamoDB")
        self._table = table

    def read(self, name: str) -> str | None:
        """Read a position, strongly consistent."""
        answer = self._client.get_item(TableName=self._table, Key=_key(name), ConsistentRead=True)
        return answer["Item"]["position"]["S"] if "Item" in answer else None

    def advance(self, name: str, position: str, token: int) -> bool:
        """Write a position unless one with a higher token stands."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(name),
                UpdateExpression="SET #position = :position, #token = :token",
                ConditionExpression="attribute_not_exists(#token) OR #token <= :token",
                ExpressionAttributeNames={"#position": "position", "#token": "token"},
                ExpressionAttributeValues={":position": {"S": position}, ":token": {"N": str(token)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(name: str) -> dict[str, Any]:
    return key_of(f"cursor#{name}", RECORD)
