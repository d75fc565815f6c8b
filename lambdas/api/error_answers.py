"""Turns what a route raises into an answer: the one place where errors become status codes."""

import json
from http import HTTPStatus
from typing import Any

import msgspec
from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoSuchRouteError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError

from lambdas.actors.actor_id import ActorIdError
from lambdas.actors.ports import CursorError, PortUnavailableError
from lambdas.api.errors import ApiError, InvalidRequestError, MalformedRequestError, OverloadedError
from lambdas.fleet.plans import PlanError
from lambdas.fleet.rings import NoRingError
from lambdas.observability import logger

NOTHING_WRITTEN = "Nothing was written."
PLACES = frozenset({"body", "query", "path", "header"})


OWN_RULE = "Value error, "
"""What Pydantic puts before the words of a rule that is not one of its own."""


def read_body(text: str) -> Any:
    """Read a request body as strict JSON; raises ApiError for anything but an object.

    Numbers that are not finite and texts that are not Unicode are no JSON, so that none of them gets any further.
    """
    try:
        body = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise MalformedRequestError(
            "malformed_json", f"the body is not JSON: {error}", field="body", remedy="Send one JSON object, in UTF-8."
        ) from error
    if not isinstance(body, dict):
        raise InvalidRequestError(
            "invalid_request",
            f"the body is {type(body).__name__}, not an object",
            field="body",
            remedy="Send one JSON object.",
        )
    return body


def register_error_answers(app: APIGatewayHttpResolver) -> None:
    """Have the app answer every error as ``{"error": {code, message, field, remedy}}``."""
    for raised, answer in ANSWERS.items():
        app.exception_handler(raised)(answer)


def on_api_error(error: ApiError) -> Response[str]:
    """A rule of the API was broken."""
    return _answer(error.status, error.code, str(error), error.field, error.remedy)


def on_overload(error: OverloadedError) -> Response[str]:
    """Too much waits already; the header says when to come again."""
    answer = on_api_error(error)
    answer.headers["Retry-After"] = str(error.retry_after_seconds)
    return answer


def on_invalid_request(error: RequestValidationError) -> Response[str]:
    """A field breaks the schema."""
    problems = [(_path(problem["loc"]), problem["msg"].removeprefix(OWN_RULE)) for problem in error.errors()]
    field, _ = problems[0]
    message = "; ".join(f"{path}: {text}" for path, text in problems)
    return _answer(422, "invalid_request", message, field, f"Correct {field} as told. {NOTHING_WRITTEN}")


def on_unsupported_content(_error: RequestUnsupportedContentType) -> Response[str]:
    """The body is of another kind than JSON."""
    remedy = "Send one JSON object with content-type application/json."
    return _answer(415, "unsupported_content_type", "the body is not declared as JSON", "content-type", remedy)


def on_unreadable_body(_error: UnicodeDecodeError) -> Response[str]:
    """The body is binary."""
    return _answer(400, "malformed_json", "the body is not UTF-8", "body", "Send one JSON object, in UTF-8.")


def on_broken_plan(error: PlanError) -> Response[str]:
    """A plan breaks its rules; the error names every one of them."""
    field = str(error).partition(":")[0]
    return _answer(422, "invalid_plan", str(error), field, f"Correct the plan as told. {NOTHING_WRITTEN}")


def on_no_ring(error: NoRingError) -> Response[str]:
    """A device cannot be placed."""
    return _answer(409, "no_ring", str(error), "ring", "Name a ring, or give one a share with PUT /v1/rings/{ring}.")


def on_bad_address(error: ActorIdError) -> Response[str]:
    """A name cannot be an agent's, so nothing bears it."""
    return _answer(404, "unknown_agent", str(error), "key", None)


def on_bad_cursor(error: CursorError) -> Response[str]:
    """A cursor was not made here."""
    return _answer(422, "invalid_cursor", str(error), "cursor", "Start from the first page, without a cursor.")


def on_unavailable_port(error: PortUnavailableError) -> Response[str]:
    """A service behind the API did not answer."""
    logger.exception("a service behind the API is unavailable", exc_info=error)
    return _answer(503, "unavailable", "a service behind the API did not answer", None, "Send the same request again.")


def on_unknown_route(_error: NoSuchRouteError) -> Response[str]:
    """No route of this method and path."""
    return _answer(404, "unknown_route", "no route of this method and path", None, "See the OpenAPI document.")


def on_unexpected(error: Exception) -> Response[str]:
    """A defect of ours: it is logged whole and told without its inside."""
    logger.exception("a request failed unexpectedly", exc_info=error)
    return _answer(500, "internal_error", "the request failed by a defect", None, "Report it with the request id.")


def _path(location: tuple[Any, ...]) -> str:
    """Write the place of a problem as its sender sees it, ``vitals.cpu_percent``."""
    inside = location[1:] if len(location) > 1 and location[0] in PLACES else location
    return ".".join(str(part) for part in inside)


def _answer(status: int, code: str, message: str, field: str | None, remedy: str | None) -> Response[str]:
    told = {"code": code, "message": message, "field": field, "remedy": remedy}
    body = {"error": {name: text for name, text in told.items() if text is not None}}
    return Response(HTTPStatus(status).value, content_type="application/json", body=json.dumps(body))


ANSWERS: dict[type[Exception], Any] = {
    OverloadedError: on_overload,
    ApiError: on_api_error,
    RequestValidationError: on_invalid_request,
    RequestUnsupportedContentType: on_unsupported_content,
    UnicodeDecodeError: on_unreadable_body,
    PlanError: on_broken_plan,
    NoRingError: on_no_ring,
    ActorIdError: on_bad_address,
    CursorError: on_bad_cursor,
    PortUnavailableError: on_unavailable_port,
    NoSuchRouteError: on_unknown_route,
    Exception: on_unexpected,
}
