"""The operator API: every route, and how one request is answered."""

from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.api.error_answers import read_body, register_error_answers
from lambdas.api.routes import (
    agent_journal,
    agent_messages,
    agents,
    dead_letters,
    deployments,
    devices,
    orchestration,
    promises,
    releases,
    rings,
    tasks,
)
from lambdas.wiring.operator_api import OperatorPorts

OPERATOR_API = APIGatewayHttpResolver(enable_validation=True, json_body_deserializer=read_body)


def answer_operator(event: dict[str, Any], context: LambdaContext, ports: OperatorPorts) -> dict[str, Any]:
    """Answer one HTTP request with these ports."""
    OPERATOR_API.append_context(ports=ports)  # type: ignore[no-untyped-call]
    return OPERATOR_API.resolve(event, context)


register_error_answers(OPERATOR_API)
RESOURCES = (
    devices,
    rings,
    releases,
    deployments,
    agent_journal,  # before agents: there, any rest of a path is a key
    agents,
    agent_messages,
    promises,
    dead_letters,
    tasks,
    orchestration,
)
for resource in RESOURCES:
    OPERATOR_API.include_router(resource.router)
