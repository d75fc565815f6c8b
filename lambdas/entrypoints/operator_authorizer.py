"""Lambda function: decides whether a request to the operator API is an operator's."""

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from lambdas.api.authentication import authorize_operator
from lambdas.observability import logger
from lambdas.settings.operator_authorizer import OperatorAuthorizerSettings
from lambdas.wiring.operator_authorizer import operator_token


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take a request authorizer event (payload 2.0); give a simple response."""
    answer = authorize_operator(event, _operator_token()())
    logger.info("operator authorized" if answer["isAuthorized"] else "operator refused")
    return answer


@cache
def _operator_token() -> Callable[[], str]:
    return operator_token(OperatorAuthorizerSettings.from_environment(os.environ))
