"""The client of S3: one that signs URLs by signature version 4, which covers size and digest of what is uploaded."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from lambdas.aws.clients import CONFIG


class LazyS3Client:
    """Stands for the process's client of S3, which is made when its first operation is called."""

    def __getattr__(self, operation: str) -> Any:
        """Look an operation up at the true client."""
        return getattr(_client(), operation)


def s3_client() -> Any:
    """Give the process's client of S3."""
    return LazyS3Client()


@cache
def _client() -> Any:
    return boto3.client("s3", config=CONFIG.merge(Config(signature_version="s3v4")))
