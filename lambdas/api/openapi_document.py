"""Describes the two APIs as OpenAPI documents, from the routes themselves."""

import json
import re
from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.models import Tag

from lambdas.api.device_api import DEVICE_API
from lambdas.api.operator_api import OPERATOR_API

Document = dict[str, Any]

VERSION = "1.0.0"
OPERATOR_TAGS = {
    "devices": "Who is in the fleet.",
    "rings": "Who gets a release first.",
    "releases": "What can be sent out.",
    "deployments": "What is being sent out.",
    "agents": "The agents behind it all: as they are, and what they can be told and asked.",
    "promises": "Answers that agents still owe.",
    "dead letters": "Messages that agents could not handle.",
    "tasks": "Things for devices to do.",
    "orchestrator": "The routes of the orchestrator that Ringtree comes from, with the same meaning.",
}
DEVICE_TAGS = {"enrolment": "Joining the fleet.", "devices": "What a device says and asks."}

ERROR_SCHEMA: Document = {
    "title": "Error",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "For programs."},
                "message": {"type": "string", "description": "Names the offending value."},
                "field": {"type": "string", "description": "Path of the offending field."},
                "remedy": {"type": "string", "description": "What would be accepted."},
            },
        }
    },
}
REST = "/.+"
"""Stands in a route for a key that may hold slashes."""
REST_OF_PATH: Document = {
    "name": "key",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "The key of the agent, slashes included.",
}
REPEATABLE = frozenset({"/v1/releases", "/v1/deployments", "/start_deployment"})
"""Routes that answer 200 instead of 201 when the same request was made before."""
LATER = {
    "/v1/agents/<kind>/.+/ask": "No answer yet; Location says where the promise is to be read.",
    "/v1/dead-letters/<address>/drop": "The agent has been told and has not left the message out yet.",
}
"""Routes that answer 202 instead of 200 when what they are asked takes longer than they wait."""
UNUSED_SCHEMAS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
"""Errors of the framework, which our own answers replace."""
ERROR_ANSWERS = {
    "400": "The body is not JSON.",
    "401": "The request does not say who makes it.",
    "403": "Whoever makes the request may not make it.",
    "404": "Something that the request names does not exist.",
    "409": "The request does not fit what stands.",
    "422": "A field breaks a rule.",
    "429": "Too much waits already; come again after as many seconds as Retry-After says.",
    "503": "A service behind the API did not answer; send the same request again.",
}
"""What every route may answer besides; nothing is written then."""


def operator_document() -> Document:
    """Describe the operator API."""
    about = "For operators: ship releases to the fleet, ring by ring. Send the operator token as a bearer token."
    return _document(OPERATOR_API, "Ringtree operator API", about, OPERATOR_TAGS)


def device_document() -> Document:
    """Describe the device API."""
    about = "For devices. Enrolment takes the enrolment token as a bearer token, all else the device's own."
    return _document(DEVICE_API, "Ringtree device API", about, DEVICE_TAGS)


def _document(app: APIGatewayHttpResolver, title: str, about: str, tags: dict[str, str]) -> Document:
    document: Document = json.loads(
        app.get_openapi_json_schema(
            title=title,
            version=VERSION,
            description=about,
            tags=[Tag(name=name, description=text) for name, text in tags.items()],
        )
    )
    document.pop("servers", None)
    components = document["components"]
    for name in UNUSED_SCHEMAS:
        components["schemas"].pop(name, None)
    components["schemas"]["Error"] = ERROR_SCHEMA
    components["responses"] = {status: _error_answer(told) for status, told in ERROR_ANSWERS.items()}
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"bearer": []}]
    document["paths"] = {_path(path): _described(path, operations) for path, operations in document["paths"].items()}
    return document


def _path(path: str) -> str:
    """Write the rest of a path, which may hold slashes, as a parameter."""
    return path.replace(REST, "/{key}")


def _described(path: str, operations: Document) -> Document:
    for method, operation in operations.items():
        generated = re.sub(r"\W", "_", path) + f"_{method}"
        operation["operationId"] = operation["operationId"].removesuffix(generated)
        answers = operation["responses"]
        if path in REPEATABLE and method == "post":
            answers["200"] = {**answers["201"], "description": "The same request was made before; this is what stands."}
        if path in LATER:
            answers["202"] = {**answers["200"], "description": LATER[path]}
        for status in ERROR_ANSWERS:
            answers[status] = {"$ref": f"#/components/responses/{status}"}
        if REST in path:
            operation["parameters"].append(REST_OF_PATH)
    return operations


def _error_answer(description: str) -> Document:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": description, "content": content}
