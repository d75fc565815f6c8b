"""Counts what AWS would count: API calls by service and operation, invocations, requests, transitions, deliveries.

Runs inside the emulator. `GET /_ringtree/calls` on the emulator's own port answers `{service: {operation: calls}}`;
`GET /_ringtree/calls/resources` answers `{service: {operation: {resource: calls}}}` for what is known of functions and
queues; see `call_counter.py`. Counted are calls over HTTP, and what AWS services do for each other in our account,
since AWS counts and bills both: function invocations, requests to HTTP APIs, state transitions, messages sent by state
machines and event rules, batches taken by event sources.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

import json
import math
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import ministack.app as emulator
from ministack.services import eventbridge, lambda_svc, sqs, stepfunctions

from lab.embedded_aws.operation_names import AwsRequest, operation_name

PATH = "/_ringtree/calls"
RESOURCES_PATH = "/_ringtree/calls/resources"

_calls: Counter[tuple[str, str]] = Counter()
_calls_of_resources: Counter[tuple[str, str, str]] = Counter()
_calls_lock = threading.Lock()


def count(service: str, operation: str, calls: int = 1, resource: str = "") -> None:
    """Count calls of one operation, and of whose function or queue where that is known."""
    with _calls_lock:
        _calls[service, operation] += calls
        if resource:
            _calls_of_resources[service, operation, resource] += calls


def calls_by_service() -> dict[str, dict[str, int]]:
    """Answer all calls since the emulator started."""
    by_service: dict[str, dict[str, int]] = {}
    with _calls_lock:
        for (service, operation), calls in sorted((+_calls).items()):
            by_service.setdefault(service, {})[operation] = calls
    return by_service


def calls_of_resources() -> dict[str, dict[str, dict[str, int]]]:
    """Answer the calls of each function and queue since the emulator started."""
    by_service: dict[str, dict[str, dict[str, int]]] = {}
    with _calls_lock:
        for (service, operation, resource), calls in sorted((+_calls_of_resources).items()):
            by_service.setdefault(service, {}).setdefault(operation, {})[resource] = calls
    return by_service


def install() -> None:
    """Count from now on, and answer at `PATH`."""
    emulator._dispatch_service_request = _counting_api_calls(emulator._dispatch_service_request)
    emulator._handle_execute_api_request = _counting_api_requests(emulator._handle_execute_api_request)
    emulator.app = _answering_counts(emulator.app)

    _count_each(lambda_svc, "_execute_function_dispatch", "lambda", "Invoke", whose=_name_of_function)
    for state_type in ("pass", "task", "choice", "wait", "parallel", "map"):
        _count_each(stepfunctions, f"_execute_{state_type}", "states", "StateTransition")
    _count_each(stepfunctions, "_invoke_sqs_send_message", "sqs", "SendMessage", whose=_queue_of_task)
    _count_each(eventbridge, "_dispatch_to_sqs", "sqs", "SendMessage", whose=_queue_of_target)
    _count_each(
        *(sqs, "_receive_messages_for_esm", "sqs", "ReceiveMessage"),
        calls=lambda _, received: int(bool(received)),
        whose=_queue_of_url,
    )
    _count_each(
        sqs, "_delete_messages_for_esm", "sqs", "DeleteMessageBatch", calls=_full_deletions, whose=_queue_of_url
    )


def _count_each(
    module: Any,
    name: str,
    service: str,
    operation: str,
    *,
    calls: Callable[[Any, Any], int] = lambda _, __: 1,
    whose: Callable[[Any], str] = lambda _: "",
) -> None:
    """Count what `calls` says of the arguments and the answer of each call of a function of the emulator.

    `whose` reads the name of the function or queue from the arguments.
    """
    inner = getattr(module, name)

    def counted(*args: Any, **options: Any) -> Any:
        answer = inner(*args, **options)
        count(service, operation, calls(args, answer), whose(args))
        return answer

    setattr(module, name, counted)


def _name_of_function(arguments: Any) -> str:
    return str(arguments[1]["FunctionName"])


def _queue_of_url(arguments: Any) -> str:
    return str(arguments[0]).rpartition("/")[2]


def _queue_of_task(arguments: Any) -> str:
    return str(arguments[1].get("QueueUrl", "")).rpartition("/")[2]


def _queue_of_target(arguments: Any) -> str:
    return str(arguments[0].resource)


def _full_deletions(arguments: tuple[str, set[str]], _: Any) -> int:
    """SQS deletes up to ten messages in a call."""
    return math.ceil(len(arguments[1]) / 10)


def _counting_api_calls(dispatch: Callable[..., Any]) -> Callable[..., Any]:
    async def dispatch_and_count(*request: Any) -> Any:
        method, path, headers, body, query_params, _ = request
        routing = emulator._routing_params(method, path, headers, body, query_params)
        service = emulator.detect_service(method, path, headers, routing)
        operation = operation_name(AwsRequest(service, method, path, headers, query_params, body))
        if (service, operation) != ("lambda", "Invoke"):  # counted where every invocation passes, whoever asked for it
            count(service, operation, resource=_table_of_batch(service, operation, body))
        return await dispatch(*request)

    return dispatch_and_count


def _table_of_batch(service: str, operation: str, body: bytes) -> str:
    """Name the table that a batch of writes is for; ours are for one each."""
    if (service, operation) != ("dynamodb", "BatchWriteItem"):
        return ""
    return next(iter(json.loads(body).get("RequestItems", {})), "")


def _counting_api_requests(handle: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_and_count(*args: Any, **options: Any) -> Any:
        response = await handle(*args, **options)
        if response is not None:
            count("execute-api", "Invoke")
        return response

    return handle_and_count


def _answering_counts(inner: Callable[..., Any]) -> Callable[..., Any]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        counted = _ANSWERS.get(scope["path"]) if scope["type"] == "http" else None
        if counted is None:
            await inner(scope, receive, send)
            return
        body = json.dumps(counted()).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


_ANSWERS: dict[str, Callable[[], Any]] = {PATH: calls_by_service, RESOURCES_PATH: calls_of_resources}
