from collections.abc import Iterator
from datetime import timedelta

import pytest

from lambdas.aws import s3_client
from lambdas.aws.s3_artifact_store import S3ArtifactStore
from lambdas.fleet.releases import Release

RELEASE = Release("1.1.0", 5, "ab" * 32)
VALIDITY = timedelta(minutes=15)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3ArtifactStore]:
    """The store of a function in Frankfurt."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    s3_client._client.cache_clear()
    yield S3ArtifactStore(s3_client.s3_client(), "artifacts")
    s3_client._client.cache_clear()


def test_signed_urls_name_the_region_of_the_bucket(store: S3ArtifactStore):
    upload = store.upload_request(RELEASE, "app.tar.gz", VALIDITY)

    assert upload.url.startswith("https://artifacts.s3.eu-central-1.amazonaws.com/releases/1.1.0/app.tar.gz?")
    assert store.download_url(RELEASE, "app.tar.gz", VALIDITY).startswith("https://artifacts.s3.eu-central-1.")


def test_signed_upload_covers_size_and_digest(store: S3ArtifactStore):
    upload = store.upload_request(RELEASE, "app.tar.gz", VALIDITY)

    assert "X-Amz-SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256&" in upload.url
