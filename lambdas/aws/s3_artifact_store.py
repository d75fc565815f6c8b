"""Archives of releases, and the work lists of deployments, in S3."""

import base64
import binascii
import tempfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from lambdas.aws.translating_client import TranslatingClient
from lambdas.fleet.ports import SignedRequest, StoredArtifact
from lambdas.fleet.releases import Release

SPOOL_BYTES = 16 * 1024 * 1024
"""A work list larger than this is gathered on disk, not in memory."""


class S3ArtifactStore:
    """One bucket: ``releases/{version}/{file name}`` holds the archives, other keys hold work lists.

    The client must sign with ``s3v4``: the older signature would not cover size and digest.
    """

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = TranslatingClient(client, "S3")
        self._bucket = bucket

    def upload_request(self, release: Release, file_name: str, valid_for: timedelta) -> SignedRequest:
        """Sign a PUT of exactly this size and digest; S3 itself refuses any other content."""
        checksum = base64.b64encode(bytes.fromhex(release.sha256)).decode()
        url = self._client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": _archive_key(release, file_name),
                "ContentLength": release.size_bytes,
                "ChecksumSHA256": checksum,
            },
            ExpiresIn=int(valid_for.total_seconds()),
        )
        headers = {"content-length": str(release.size_bytes), "x-amz-checksum-sha256": checksum}
        return SignedRequest("PUT", url, headers)

    def download_url(self, release: Release, file_name: str, valid_for: timedelta) -> str:
        """Sign a GET of the archive."""
        url: str = self._client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": _archive_key(release, file_name)},
            ExpiresIn=int(valid_for.total_seconds()),
        )
        return url

    def stored(self, release: Release, file_name: str) -> StoredArtifact | None:
        """Ask S3 for the size and the digest it measured itself; a digest it did not measure is an empty text."""
        try:
            head = self._client.head_object(
                Bucket=self._bucket, Key=_archive_key(release, file_name), ChecksumMode="ENABLED"
            )
        except self._client.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        digest = binascii.hexlify(base64.b64decode(head.get("ChecksumSHA256", ""))).decode()
        return StoredArtifact(head["ContentLength"], digest)

    def write_lines(self, key: str, lines: Iterable[bytes]) -> None:
        """Gather the lines, on disk when they are many, and store them in one request."""
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
            for line in lines:
                spool.write(line + b"\n")
            spool.seek(0)
            self._client.put_object(Bucket=self._bucket, Key=key, Body=spool, ContentType="application/jsonl")

    def read_lines(self, key: str) -> Iterator[bytes]:
        """Stream a list line by line."""
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        yield from (line for line in body.iter_lines() if line)


def _archive_key(release: Release, file_name: str) -> str:
    return f"releases/{release.version}/{file_name}"
