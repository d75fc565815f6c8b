"""Promises in the table of runtime records: every change is on the condition that the promise is open."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.outbox import PromiseOutcome
from lambdas.actors.ports import PortUnavailableError, PromiseRecord, PromiseReusedError
from lambdas.aws.backoff import Backoff
from lambdas.aws.promise_items import (
    ANSWER,
    DIGEST,
    OPEN,
    OUTCOME,
    promise_key,
    read_promise,
    write_outcome,
    write_promise,
)
from lambdas.aws.runtime_records import OWNER, RecordWriter, failed_condition

_TIMED_OUT = EncodedAnswer(Outcome.TIMED_OUT)


class DynamoDBPromiseStore:
    """A PromiseStore over the table of runtime records."""

    def __init__(self, client: Any, table: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._table = table
        self._writer = RecordWriter(client, table, backoff or Backoff())

    def make(self, promise: PromiseRecord, digest: str) -> bool:
        """Write a promise unless there is one of its id.

        False says that it was made, perhaps by this very call when its answer was lost; whoever makes a promise must
        send its question in both cases.
        """
        try:
            self._client.put_item(
                TableName=self._table,
                Item=write_promise(promise, digest),
                ConditionExpression="attribute_not_exists(#owner)",
                ExpressionAttributeNames={"#owner": OWNER},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except (ClientError, BotoCoreError) as error:
            made = failed_condition(error)
            if made is None:
                raise PortUnavailableError(f"table {self._table} did not take a promise: {error}") from error
            if made[DIGEST]["S"] == digest:
                return False
            raise PromiseReusedError(
                f"promise {promise.promise_id} was made for another question; take another id"
            ) from error
        return True

    def keep(self, outcomes: Sequence[PromiseOutcome]) -> Collection[int]:
        """Write outcomes, up to 25 in a call."""
        unkept = self._writer.write_each(
            {outcome.promise_id: outcome for outcome in reversed(outcomes)},
            self._give,
            lambda _, error: error.get("Code") == "ConditionalCheckFailed",
        )
        return {place for place, outcome in enumerate(outcomes) if outcome.promise_id in unkept}

    def get(self, promise_id: str, now: datetime) -> PromiseRecord | None:
        """Read a promise, strongly consistent; time it out when it is open and overdue."""
        try:
            answer = self._client.get_item(TableName=self._table, Key=promise_key(promise_id), ConsistentRead=True)
        except (ClientError, BotoCoreError) as error:
            raise PortUnavailableError(f"table {self._table} cannot be read: {error}") from error
        if "Item" not in answer:
            return None
        promise = read_promise(answer["Item"])
        if promise.answer is None and now >= promise.deadline:
            return self._time_out(promise)
        return promise

    def _give(self, outcome: PromiseOutcome) -> dict[str, Any]:
        return self._writer.update(
            promise_key(outcome.promise_id), write_outcome(outcome.answer), f'"{OUTCOME}"=', {"S": OPEN}
        )

    def _time_out(self, promise: PromiseRecord) -> PromiseRecord | None:
        """End a promise; when an outcome came between reading and writing, that one stands."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=promise_key(promise.promise_id),
                UpdateExpression="SET #outcome = :outcome, #answer = :answer",
                ConditionExpression="#outcome = :open",
                ExpressionAttributeNames={"#outcome": OUTCOME, "#answer": ANSWER},
                ExpressionAttributeValues={
                    ":open": {"S": OPEN},
                    **{f":{name}": value for name, value in write_outcome(_TIMED_OUT).items()},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except (ClientError, BotoCoreError) as error:
            ended = failed_condition(error)
            if ended is None:
                raise PortUnavailableError(f"table {self._table} did not end a promise: {error}") from error
            return read_promise(ended) if ended else None
        return replace(promise, answer=_TIMED_OUT)
