"""AWS within the process: answers botocore where it would have opened a connection.

All that a client does is done: parameters are checked, requests serialised and signed, answers parsed. Only the sockets
are missing. What answering itself takes is measured, so that it can be taken off.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import boto3
from botocore.awsrequest import AWSResponse

from lab.benchmarks.agent_items import READ_UNIT_BYTES, WRITE_UNIT_BYTES, item_size_bytes

Item = dict[str, Any]
Request = dict[str, Any]

_INSERT = re.compile(r'INSERT INTO "([^"]+)" VALUE \{(.*)\}')
_UPDATE = re.compile(r'UPDATE "([^"]+)" (.*) WHERE "agent"=\? AND "version"=\?')
_INSERTED = re.compile(r"'([^']+)': \?")
_SET = re.compile(r'(SET|REMOVE) "([^"]+)"(=\?)?')


class UnknownCallError(NotImplementedError):
    """A client made a call that the benchmarks do not expect; teach it to FakeAws or stop making it."""


@dataclass
class FakeAws:
    """Tables of items by key, and queues that only count."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    write_units: int = 0
    read_units: int = 0
    answering_seconds: float = 0.0
    """Processor time of this class."""

    def reset(self) -> None:
        """Forget what was counted; items stay."""
        self.calls.clear()
        self.write_units = self.read_units = 0
        self.answering_seconds = 0.0

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """Answer a signed request, as a hook of botocore's event ``before-send``."""
        began = time.process_time()
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.calls[operation] += 1
        answer = getattr(self, f"_{_snake_case(operation)}", None)
        if answer is None:
            raise UnknownCallError(f"nobody taught FakeAws {operation}")
        body = json.dumps(answer(json.loads(request.body))).encode()
        headers = {"x-amz-crc32": str(crc32(body)), "x-amzn-RequestId": "fake", "Content-Type": "application/json"}
        response = AWSResponse(request.url, 200, headers, _Raw(body))
        self.answering_seconds += time.process_time() - began
        return response

    def _batch_get_item(self, request: Request) -> Any:
        ((table, wanted),) = request["RequestItems"].items()
        found = [item for key in wanted["Keys"] if (item := self.items.get((table, _key(key)))) is not None]
        self.read_units += sum(_units(item, READ_UNIT_BYTES) for item in found)
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def _get_item(self, request: Request) -> Any:
        item = self.items.get((request["TableName"], _key(request["Key"])))
        self.read_units += 1 if item is None else _units(item, READ_UNIT_BYTES)
        return {} if item is None else {"Item": item}

    def _put_item(self, request: Request) -> Any:
        self._write(request["TableName"], request["Item"])
        return {}

    def _update_item(self, request: Request) -> Any:
        """Set what an expression of the form ``SET #a = :a, #b = :b`` names."""
        table, key = request["TableName"], request["Key"]
        item = dict(self.items.get((table, _key(key))) or key)
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        for clause in request["UpdateExpression"].removeprefix("SET ").split(", "):
            name, _, value = clause.partition(" = ")
            item[names[name]] = values[value]
        self._write(table, item)
        return {"Attributes": item}

    def _batch_execute_statement(self, request: Request) -> Any:
        for statement in request["Statements"]:
            self._execute(statement["Statement"], statement["Parameters"])
        return {"Responses": [{} for _ in request["Statements"]]}

    def _execute(self, text: str, parameters: list[Any]) -> None:
        values = iter(parameters)
        if inserted := _INSERT.fullmatch(text):
            self._write(inserted[1], {name: next(values) for name in _INSERTED.findall(inserted[2])})
        elif updated := _UPDATE.fullmatch(text):
            changes = {name: next(values) if value else None for _, name, value in _SET.findall(updated[2])}
            agent = next(values)
            item = {**self.items[updated[1], agent["S"]], **changes}
            self._write(updated[1], {name: value for name, value in item.items() if value is not None})
        else:
            raise UnknownCallError(f"nobody taught FakeAws the statement {text}")

    def _send_message(self, _request: Request) -> Any:
        return {"MessageId": "m", "MD5OfMessageBody": "", "SequenceNumber": "1"}

    def _send_message_batch(self, request: Request) -> Any:
        sent = [{"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": ""} for entry in request["Entries"]]
        return {"Successful": sent}

    def _write(self, table: str, item: Item) -> None:
        self.items[table, _key(item)] = item
        self.write_units += _units(item, WRITE_UNIT_BYTES)


@dataclass
class _Raw:
    """The body of an answer, as urllib3 would give it."""

    body: bytes

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Give all of it."""
        yield self.body


@contextmanager
def answering_in_process() -> Iterator[FakeAws]:
    """Let every client that is made in a block be answered by a fake."""
    fake = FakeAws()
    boto3.setup_default_session()
    boto3.DEFAULT_SESSION.events.register("before-send", fake.answer)
    try:
        yield fake
    finally:
        boto3.DEFAULT_SESSION.events.unregister("before-send", fake.answer)


def _key(item: Item) -> str:
    """Give the key of an item: of the agents table, or of Powertools' idempotency table."""
    key: str = (item.get("agent") or item["id"])["S"]
    return key


def _units(item: Item, unit_bytes: int) -> int:
    return -(-item_size_bytes(item) // unit_bytes)


def _snake_case(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
