"""The device API: every route, and how one request is answered."""

from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.api.error_answers import read_body, register_error_answers
from lambdas.api.routes import device_api
from lambdas.wiring.device_api import DevicePorts

DEVICE_API = APIGatewayHttpResolver(enable_validation=True, json_body_deserializer=read_body)


def answer_device(event: dict[str, Any], context: LambdaContext, ports: DevicePorts) -> dict[str, Any]:
    """Answer one HTTP request with these ports."""
    DEVICE_API.append_context(ports=ports)  # type: ignore[no-untyped-call]
    return DEVICE_API.resolve(event, context)


register_error_answers(DEVICE_API)
DEVICE_API.include_router(device_api.router)
