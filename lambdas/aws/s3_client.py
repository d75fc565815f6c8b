"""The client of S3: one that signs URLs by signature version 4, which covers size and digest of what is uploaded."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from lambdas.aws.clients import CONFIG


@cache
def s3_client() -> Any:
    """Make the process's client of S3."""
    return boto3.client("s3", config=CONFIG.merge(Config(signature_version="s3v4")))  # type: ignore[call-overload,unused-ignore]
