"""Lambda function: decides whether a request to the device API is a device's, and which one's."""

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from lambdas.api.authentication import authorize_device
from lambdas.observability import logger
from lambdas.settings.device_authorizer import DeviceAuthorizerSettings
from lambdas.wiring.device_authorizer import device_token_key


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take a request authorizer event (payload 2.0); give a simple response."""
    answer = authorize_device(event, _device_token_key()())
    principal = answer.get("context", {}).get("principal", "")
    logger.info("device authorized" if answer["isAuthorized"] else "device refused", extra={"principal": principal})
    return answer


@cache
def _device_token_key() -> Callable[[], str]:
    return device_token_key(DeviceAuthorizerSettings.from_environment(os.environ))
