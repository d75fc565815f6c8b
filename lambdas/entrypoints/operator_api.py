"""Lambda function: answers operators over HTTP."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.api.operator_api import answer_operator
from lambdas.observability import logger
from lambdas.settings.operator_api import OperatorApiSettings
from lambdas.wiring.operator_api import OperatorPorts, operator_ports


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take an HTTP API event (payload 2.0); answer it."""
    answer = answer_operator(event, context, _ports())
    request = event["requestContext"]["http"]
    told = {"method": request["method"], "path": request["path"], "status": answer["statusCode"]}
    logger.info("operator request", extra=told)
    return answer


@cache
def _ports() -> OperatorPorts:
    return operator_ports(OperatorApiSettings.from_environment(os.environ))
