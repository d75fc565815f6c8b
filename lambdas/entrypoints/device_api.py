"""Lambda function: answers devices over HTTP."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.api.device_api import answer_device
from lambdas.observability import logger
from lambdas.settings.device_api import DeviceApiSettings
from lambdas.wiring.device_api import DevicePorts, device_ports


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take an HTTP API event (payload 2.0); answer it."""
    answer = answer_device(event, context, _ports())
    request = event["requestContext"]["http"]
    told = {"method": request["method"], "path": request["path"], "status": answer["statusCode"]}
    logger.info("device request", extra=told)
    return answer


@cache
def _ports() -> DevicePorts:
    return device_ports(DeviceApiSettings.from_environment(os.environ))
