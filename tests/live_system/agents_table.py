"""Agents as they lie in their table, and what they have sent."""

import json
from dataclasses import dataclass
from typing import Any

import msgspec

from lab.embedded_aws.emulator import EmbeddedAws
from lambdas.actors.agent_item import from_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.frames import to_body
from lambdas.aws.attribute_values import from_stored_item


@dataclass(frozen=True, slots=True)
class AgentsTable:
    """Reads items past the API."""

    aws: EmbeddedAws
    table: str

    def versions(self) -> dict[str, int]:
        """Every agent and how often it was committed."""
        pages = (
            self.aws.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.table,
                ConsistentRead=True,
                ProjectionExpression="#agent, #version",
                ExpressionAttributeNames={"#agent": "agent", "#version": "version"},
            )
        )
        return {item["agent"]["S"]: int(item["version"]["N"]) for page in pages for item in page["Items"]}

    def version(self, agent: str) -> int:
        """How often one agent was committed."""
        return int(self._item(agent)["version"]["N"])

    def state(self, agent: str) -> Any:
        """What one agent remembers."""
        return json.loads(self._record(agent).state or "null")

    def last_frames(self, agent: str) -> list[dict[str, Any]]:
        """What the last turn of an agent sent to others, as it went into their mailboxes."""
        frames = self._record(agent).lanes["normal"].outbox.frames
        return [json.loads(msgspec.json.encode(to_body(frame))) for frame in frames]

    def senders(self, agent: str) -> dict[str, int]:
        """The agents that an agent has had frames of and still remembers, and the number of the last of each."""
        return {key.partition("|")[0]: mark.sequence for key, mark in self._record(agent).marks.items()}

    def _record(self, agent: str) -> AgentRecord:
        return from_item(from_stored_item(self._item(agent)))

    def _item(self, agent: str) -> dict[str, Any]:
        answer = self.aws.client("dynamodb").get_item(
            TableName=self.table, Key={"agent": {"S": agent}}, ConsistentRead=True
        )
        assert "Item" in answer, f"there is no agent {agent}"
        item: dict[str, Any] = answer["Item"]
        return item
