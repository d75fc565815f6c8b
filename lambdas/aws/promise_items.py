"""Promises as items of the table of runtime records."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from lambdas.actors.answers import EncodedAnswer
from lambdas.actors.ports import PromiseRecord
from lambdas.aws.runtime_records import EXPIRES_AT, OWNER, key_of

PROMISE_KEPT = timedelta(days=1)
"""How long after its deadline a promise can be read."""

OUTCOME, ANSWER, DIGEST = "outcome", "answer", "digest"
OPEN = "open"
"""The outcome of a promise that has none: all changes are on the condition that it is there."""

_OWNER_PREFIX = "promise#"
_RECORD = "promise"


def promise_key(promise_id: str) -> dict[str, Any]:
    """Write the key of a promise."""
    return key_of(_OWNER_PREFIX + promise_id, _RECORD)


def write_promise(promise: PromiseRecord, digest: str) -> dict[str, Any]:
    """Lay an open promise out."""
    return promise_key(promise.promise_id) | {
        "agent": {"S": promise.agent},
        "message_type": {"S": promise.message_type},
        "deadline": {"S": promise.deadline.isoformat()},
        DIGEST: {"S": digest},
        OUTCOME: {"S": OPEN},
        EXPIRES_AT: {"N": str(int((promise.deadline + PROMISE_KEPT).timestamp()))},
    }


def read_promise(item: Mapping[str, Any]) -> PromiseRecord:
    """Read a promise with its answer, if it has one."""
    return PromiseRecord(
        promise_id=item[OWNER]["S"].removeprefix(_OWNER_PREFIX),
        agent=item["agent"]["S"],
        message_type=item["message_type"]["S"],
        deadline=datetime.fromisoformat(item["deadline"]["S"]),
        answer=msgspec.json.decode(item[ANSWER]["S"], type=EncodedAnswer) if ANSWER in item else None,
    )


def write_outcome(answer: EncodedAnswer) -> dict[str, Any]:
    """Lay the attributes out that end a promise."""
    return {OUTCOME: {"S": answer.outcome.value}, ANSWER: {"S": msgspec.json.encode(answer).decode()}}
