"""Circuits of destinations in the table of runtime records, where all workers see them."""

from typing import Any

import msgspec
from botocore.exceptions import ClientError

from lambdas.actors.circuits import Circuit
from lambdas.aws.runtime_records import key_of
from lambdas.aws.translating_client import TranslatingClient

RECORD = "circuit"
OWNER_PREFIX = "circuit#"


class DynamoDBCircuitStates:
    """A CircuitStates: one item per destination; its version is the condition of every write."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = TranslatingClient(client, "DynamoDB")
        self._table = table

    def read(self, destination: str) -> Circuit:
        """Read the newest circuit, strongly consistent; one that was never written is closed."""
        answer = self._client.get_item(
            TableName=self._table, Key=key_of(OWNER_PREFIX + destination, RECORD), ConsistentRead=True
        )
        if "Item" not in answer:
            return Circuit()
        return msgspec.json.decode(answer["Item"]["circuit"]["S"], type=Circuit)

    def change(self, destination: str, circuit: Circuit) -> bool:
        """Write a circuit if the version before it is stored."""
        before = circuit.version - 1
        condition = "#version = :before" if before else "attribute_not_exists(#version)"
        values = {":version": {"N": str(circuit.version)}, ":circuit": {"S": msgspec.json.encode(circuit).decode()}}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key_of(OWNER_PREFIX + destination, RECORD),
                UpdateExpression="SET #version = :version, #circuit = :circuit",
                ConditionExpression=condition,
                ExpressionAttributeNames={"#version": "version", "#circuit": "circuit"},
                ExpressionAttributeValues=values | ({":before": {"N": str(before)}} if before else {}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True
