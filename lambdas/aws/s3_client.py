"""The client of S3: one whose signed URLs are held to size and digest, and name the bucket's own region.

Signature version 4 covers the headers that must be sent. Without the virtual addressing style, boto3 signs URLs of the
global endpoint, which sends requests for a new bucket outside us-east-1 elsewhere: where the signature does not hold.
"""

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
    signing = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    return boto3.client("s3", config=CONFIG.merge(signing))
