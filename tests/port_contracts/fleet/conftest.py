"""The technologies that the fleet's ports are tried on: memory, moto in this process, and the embedded AWS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.port_contracts.fleet.technologies import Aws

EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)
AwsOrNone = Aws | None


class Moto:
    """Makes clients that moto answers."""

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture(params=["moto", EMBEDDED])
def aws(request: pytest.FixtureRequest) -> Iterator[Aws]:
    yield from _technology(request, request.param)


@pytest.fixture(params=["memory", "moto", EMBEDDED])
def memory_or_aws(request: pytest.FixtureRequest) -> Iterator[AwsOrNone]:
    """None stands for memory."""
    if request.param == "memory":
        yield None
        return
    yield from _technology(request, request.param)


def _technology(request: pytest.FixtureRequest, name: str) -> Iterator[Aws]:
    if name == "embedded":
        yield Aws(request.getfixturevalue("embedded_aws"))
        return
    with mock_aws():
        yield Aws(Moto())
