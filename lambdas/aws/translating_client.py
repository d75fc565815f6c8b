"""Raises what a service could not do just now as PortUnavailableError, so that callers need not know AWS."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.ports import PortUnavailableError

RETRY_HELPS = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "KmsThrottled",
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Error codes after which the same call may work later; the SDK has tried again already."""


class TranslatingClient:
    """An AWS client whose unavailability is a PortUnavailableError; all other errors stay what they are."""

    def __init__(self, client: Any, service: str) -> None:
        self._client = client
        self._service = service

    def __getattr__(self, name: str) -> Any:
        """Look an operation, or the client's exceptions, up."""
        attribute = getattr(self._client, name)
        return self._translating(attribute, name) if callable(attribute) else attribute

    def _translating(self, operation: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(operation)
        def translated(*positional: Any, **named: Any) -> Any:
            try:
                return operation(*positional, **named)
            except BotoCoreError as error:
                raise PortUnavailableError(f"{self._service} did not answer to {name}: {error}") from error
            except ClientError as error:
                if not _retry_helps(error):
                    raise
                raise PortUnavailableError(f"{self._service} could not {name}: {error}") from error

        return translated


def _retry_helps(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or error.response.get("Error", {}).get("Code") in RETRY_HELPS
