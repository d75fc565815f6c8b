"""Claims in S3: ``claims/<digest>``, in the bucket of the artifacts."""

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.actors.claims import Claim
from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.backoff import Backoff
from lambdas.observability import logger

PREFIX = "claims/"


class S3ClaimStore:
    """A ClaimStore over S3, one call per content.

    A content is written also when it may be there: that costs no more than asking, and its lifecycle begins anew, so it
    outlives the message that names it now. The function needs ``s3:ListBucket``: without it S3 answers 403 for a key
    that is gone, which looks like a fault that passes
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions").
    """

    def __init__(self, client: Any, bucket: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._bucket = bucket
        self._backoff = backoff or Backoff()

    def put(self, contents: Mapping[Claim, bytes]) -> None:
        """Write contents; S3 itself refuses one that has not the digest it is named by."""

        def write(claims: Sequence[Claim]) -> Sequence[Claim]:
            return [claim for claim in claims if not self._write(claim, contents[claim])]

        left = self._backoff.until_done(list(contents), write)
        if left:
            raise PortUnavailableError(f"bucket {self._bucket} did not take {_names(left)}; try later")

    def get(self, claims: Collection[Claim]) -> Mapping[Claim, bytes]:
        """Read contents whole."""
        found: dict[Claim, bytes] = {}

        def read(wanted: Sequence[Claim]) -> Sequence[Claim]:
            return [claim for claim in wanted if not self._read(claim, found)]

        left = self._backoff.until_done(list(dict.fromkeys(claims)), read)
        if left:
            raise PortUnavailableError(f"bucket {self._bucket} did not give {_names(left)}; try later")
        return found

    def _write(self, claim: Claim, content: bytes) -> bool:
        digest = base64.b64encode(bytes.fromhex(claim.sha256)).decode()
        try:
            self._client.put_object(Bucket=self._bucket, Key=_key(claim), Body=content, ChecksumSHA256=digest)
        except (ClientError, BotoCoreError) as error:
            logger.warning("content was not kept", extra={"claim": claim.sha256, "error": str(error)})
            return False
        return True

    def _read(self, claim: Claim, found: dict[Claim, bytes]) -> bool:
        try:
            found[claim] = self._client.get_object(Bucket=self._bucket, Key=_key(claim))["Body"].read()
        except (ClientError, BotoCoreError) as error:
            if _is_gone(error):
                return True
            logger.warning("content was not read", extra={"claim": claim.sha256, "error": str(error)})
            return False
        return True


def _key(claim: Claim) -> str:
    return PREFIX + claim.sha256


def _is_gone(error: ClientError | BotoCoreError) -> bool:
    return isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "NoSuchKey"


def _names(claims: Sequence[Claim]) -> str:
    return ", ".join(claim.sha256 for claim in claims)
