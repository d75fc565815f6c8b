"""Clients of AWS services: made once per process, on first use, each with timeouts and few retries.

Endpoints, region and credentials come from the environment, as for every AWS program.
"""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=16,
)
"""Seconds and tries. A call that hangs longer is worth more as a message that comes again."""


class LazyClient:
    """Stands for the process's client of a service, which is made when its first operation is called.

    So a function loads the descriptions of the services it uses, not of those it might use.
    """

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, operation: str) -> Any:
        """Look an operation up at the true client."""
        return getattr(_client(self._service), operation)


def client(service: str) -> Any:
    """Give the process's client of a service, for example ``dynamodb``."""
    return LazyClient(service)


@cache
def _client(service: str) -> Any:
    return boto3.client(service, config=CONFIG)
