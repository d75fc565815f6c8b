"""Who makes a request: the one place that decides it, for the authorizers and for the routes behind them."""

from collections.abc import Mapping
from typing import Any

from lambdas.api.tokens import device_of_token, is_same_token

SCHEME = "bearer"
OPERATOR = "operator"

Event = Mapping[str, Any]


def bearer_token(event: Event) -> str:
    """Read the token of an ``Authorization: Bearer`` header; empty when there is none."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == SCHEME else ""


def authorize_operator(event: Event, operator_token: str) -> dict[str, Any]:
    """Answer API Gateway whether the request may go on as an operator's."""
    if not is_same_token(bearer_token(event), operator_token):
        return {"isAuthorized": False}
    return {"isAuthorized": True, "context": {"principal": OPERATOR}}


def authorize_device(event: Event, device_token_key: str) -> dict[str, Any]:
    """Answer API Gateway whether the request may go on, and as which device's."""
    device_id = device_of_token(bearer_token(event), device_token_key)
    if device_id is None:
        return {"isAuthorized": False}
    return {"isAuthorized": True, "context": {"principal": f"device/{device_id}", "device_id": device_id}}


def principal_of(event: Event) -> str:
    """Name who makes the request, as the authorizer found; empty when no authorizer stood before the route."""
    return str(_authorizer_context(event).get("principal", ""))


def device_of(event: Event) -> str:
    """Name the device that makes the request, as the authorizer found; empty when it is no device."""
    return str(_authorizer_context(event).get("device_id", ""))


def _authorizer_context(event: Event) -> Mapping[str, Any]:
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    context: Mapping[str, Any] = authorizer.get("lambda") or {}
    return context
