"""The technologies that the runtime's ports are tried on: memory, moto in this process, and the embedded AWS."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from lambdas.aws.backoff import Backoff
from tests.port_contracts.actors.technologies import Aws

AT_ONCE = Backoff(tries=3, first_wait_seconds=0.01)


class Moto:
    """Makes clients that moto answers."""

    def client(self, service: str) -> object:
        return boto3.client(service, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture(params=["moto", pytest.param("embedded", marks=pytest.mark.embedded)])
def aws(request: pytest.FixtureRequest) -> Iterator[Aws]:
    yield from technology(request, request.param)


def technology(request: pytest.FixtureRequest, name: str) -> Iterator[Aws]:
    if name == "embedded":
        yield Aws(request.getfixturevalue("embedded_aws"))
        return
    with mock_aws():
        yield Aws(Moto())
