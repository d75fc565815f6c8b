"""What every ArtifactStore does, and what its signed requests are good for."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from lambdas.aws.s3_artifact_store import S3ArtifactStore
from lambdas.fleet.in_memory.artifact_store import InMemoryArtifactStore
from lambdas.fleet.ports import ArtifactStore, StoredArtifact
from lambdas.fleet.releases import Release
from tests.port_contracts.fleet.conftest import AwsOrNone
from tests.port_contracts.fleet.technologies import Aws

CONTENT = b"an archive" * 100
DIGEST = hashlib.sha256(CONTENT).hexdigest()
RELEASE = Release("1.1.0", len(CONTENT), DIGEST)
VALIDITY = timedelta(minutes=15)


@pytest.fixture
def store(memory_or_aws: AwsOrNone) -> ArtifactStore:
    if memory_or_aws is None:
        return InMemoryArtifactStore()
    return S3ArtifactStore(memory_or_aws.client("s3"), memory_or_aws.bucket())


@pytest.fixture
def s3_store(embedded_aws: Any) -> S3ArtifactStore:
    aws = Aws(embedded_aws)
    return S3ArtifactStore(aws.client("s3"), aws.bucket())


def test_release_that_was_not_uploaded_is_not_stored(store: ArtifactStore) -> None:
    assert store.stored(RELEASE, "app.tar.gz") is None


def test_list_is_read_as_it_was_written(store: ArtifactStore) -> None:
    lines = [json.dumps({"number": number, "text": "ü\\n"}).encode() for number in range(1000)]

    store.write_lines("plans/dep-1/canary.jsonl", iter(lines))

    assert list(store.read_lines("plans/dep-1/canary.jsonl")) == lines


def test_list_is_replaced_as_a_whole_and_may_be_empty(store: ArtifactStore) -> None:
    store.write_lines("plans/dep-1/canary.jsonl", [b"{}", b"{}"])
    store.write_lines("plans/dep-1/canary.jsonl", [])

    assert list(store.read_lines("plans/dep-1/canary.jsonl")) == []


def test_long_list_does_not_have_to_fit_into_memory(store: ArtifactStore) -> None:
    def lines() -> Iterator[bytes]:
        for number in range(2000):
            yield json.dumps({"number": number, "devices": ["d" * 100] * 100}).encode()

    store.write_lines("plans/dep-1/canary.jsonl", lines())

    assert sum(1 for _ in store.read_lines("plans/dep-1/canary.jsonl")) == 2000


def test_signed_upload_is_stored_and_measured(s3_store: S3ArtifactStore) -> None:
    signed = s3_store.upload_request(RELEASE, "app.tar.gz", VALIDITY)

    answer = httpx.request(signed.method, signed.url, headers=dict(signed.headers), content=CONTENT, trust_env=False)

    assert answer.status_code == 200, answer.text
    assert s3_store.stored(RELEASE, "app.tar.gz") == StoredArtifact(len(CONTENT), DIGEST)
    url = s3_store.download_url(RELEASE, "app.tar.gz", VALIDITY)
    assert httpx.get(url, trust_env=False).content == CONTENT


def test_signed_download_gives_parts_so_that_a_device_can_resume(s3_store: S3ArtifactStore) -> None:
    signed = s3_store.upload_request(RELEASE, "app.tar.gz", VALIDITY)
    httpx.request(signed.method, signed.url, headers=dict(signed.headers), content=CONTENT, trust_env=False)

    url = s3_store.download_url(RELEASE, "app.tar.gz", VALIDITY)
    part = httpx.get(url, headers={"Range": "bytes=900-"}, trust_env=False)

    assert (part.status_code, part.content) == (206, CONTENT[900:])


def test_signed_upload_refuses_another_content(s3_store: S3ArtifactStore) -> None:
    signed = s3_store.upload_request(RELEASE, "app.tar.gz", VALIDITY)
    other = b"AN" + CONTENT[2:]

    answer = httpx.request(signed.method, signed.url, headers=dict(signed.headers), content=other, trust_env=False)

    assert answer.status_code == 400, answer.text
    assert s3_store.stored(RELEASE, "app.tar.gz") is None


def test_signature_covers_size_and_digest() -> None:
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(signature_version="s3v4"),
    )

    url = httpx.URL(S3ArtifactStore(client, "artifacts").upload_request(RELEASE, "app.tar.gz", VALIDITY).url)

    assert url.params["X-Amz-SignedHeaders"] == "content-length;host;x-amz-checksum-sha256"
    assert url.params["X-Amz-Expires"] == "900"
