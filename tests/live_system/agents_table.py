"""Agents as they lie in their table, and what they have sent."""

import json
from dataclasses import dataclass
from typing import Any

from lab.embedded_aws.emulator import EmbeddedAws


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
        return json.loads(self._item(agent)["state"]["S"])

    def last_frames(self, agent: str) -> list[dict[str, Any]]:
        """What the last turn of an agent sent to others, as it went into their mailboxes."""
        outbox = json.loads(self._item(agent)["lanes"]["M"]["normal"]["M"]["outbox"]["S"])
        frames: list[dict[str, Any]] = outbox.get("frames", [])
        return frames

    def senders(self, agent: str) -> dict[str, int]:
        """The agents that an agent has had frames of, and the number of the last frame of each."""
        marks = json.loads(self._item(agent)["marks"]["S"])
        return {key.partition("|")[0]: sequence for key, (sequence, _day) in marks.items()}

    def _item(self, agent: str) -> dict[str, Any]:
        answer = self.aws.client("dynamodb").get_item(
            TableName=self.table, Key={"agent": {"S": agent}}, ConsistentRead=True
        )
        assert "Item" in answer, f"there is no agent {agent}"
        item: dict[str, Any] = answer["Item"]
        return item
