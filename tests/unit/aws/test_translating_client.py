"""Which errors of AWS mean: try again later."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.translating_client import TranslatingClient


class Failing:
    exceptions = "the client's exceptions"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def put_item(self, **_: Any) -> None:
        raise self._error


def _client_error(code: str, status: int) -> ClientError:
    response = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "PutItem")  # type: ignore[arg-type,unused-ignore]


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url="http://there"),
        _client_error("ThrottlingException", 400),
        _client_error("ProvisionedThroughputExceededException", 400),
        _client_error("Whatever", 503),
    ],
)
def test_service_that_could_not_just_now_is_unavailable(error: Exception) -> None:
    client = TranslatingClient(Failing(error), "DynamoDB")

    with pytest.raises(PortUnavailableError, match=r"DynamoDB .*put_item"):
        client.put_item(TableName="t")


@pytest.mark.parametrize("code", ["ConditionalCheckFailedException", "AccessDeniedException", "ValidationException"])
def test_other_errors_stay_what_they_are(code: str) -> None:
    client = TranslatingClient(Failing(_client_error(code, 400)), "DynamoDB")

    with pytest.raises(ClientError, match=code):
        client.put_item(TableName="t")


def test_exceptions_of_the_client_are_its_own() -> None:
    assert TranslatingClient(Failing(ValueError()), "DynamoDB").exceptions == "the client's exceptions"
