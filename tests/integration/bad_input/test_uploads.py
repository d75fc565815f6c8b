import hashlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.live_system.operations import Operations

if TYPE_CHECKING:
    from tests.conftest import Ringtree

DECLARED = b"the archive that was declared"
OTHER = b"the archive that was smuggled"
assert len(DECLARED) == len(OTHER)


@pytest.fixture
def draft(operations: Operations, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A declared release, and the permission to upload it."""
    version = operations.names.release(f"0.{abs(hash(request.node.name)) % 10**6}.0")
    digest = hashlib.sha256(DECLARED).hexdigest()
    created = operations.api.create_release(version, len(DECLARED), digest, "archive.tar.gz")
    assert created.upload is not None
    return {"version": version, "upload": created.upload, "key": f"releases/{version}/archive.tar.gz"}


def _finalise(ringtree: "Ringtree", version: str) -> httpx.Response:
    return ringtree.operator.post(f"/v1/releases/{version}/finalise")


def _check_refused(ringtree: "Ringtree", version: str, code: str) -> None:
    answer = _finalise(ringtree, version)
    assert answer.status_code == 409, answer.text
    assert answer.json()["error"]["code"] == code
    assert f"/v1/releases/{version}/upload-url" in answer.json()["error"]["remedy"]
    release = ringtree.operator.get(f"/v1/releases/{version}").json()["release"]
    assert release["status"] == "awaiting_upload"
    started = ringtree.operator.post("/v1/deployments", json={"release": version})
    assert (started.status_code, started.json()["error"]["code"]) == (409, "release_not_ready")


def test_the_store_refuses_an_upload_that_differs_from_the_declared_digest(
    ringtree: "Ringtree", draft: dict[str, Any], http: httpx.Client
) -> None:
    upload = draft["upload"]

    refused = http.request(upload.method, upload.url, headers=upload.headers, content=OTHER)

    assert refused.status_code == 400, refused.text
    _check_refused(ringtree, draft["version"], "upload_missing")


def test_what_was_declared_is_accepted_and_ready(
    ringtree: "Ringtree", draft: dict[str, Any], http: httpx.Client
) -> None:
    upload = draft["upload"]

    assert http.request(upload.method, upload.url, headers=upload.headers, content=DECLARED).status_code == 200

    answer = _finalise(ringtree, draft["version"])
    assert (answer.status_code, answer.json()["release"]["status"]) == (200, "ready")
    assert _finalise(ringtree, draft["version"]).status_code == 200
    again = ringtree.operator.post(f"/v1/releases/{draft['version']}/upload-url")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "release_is_ready")


@pytest.mark.parametrize(
    ("content", "measure", "code"),
    [
        (OTHER, "SHA256", "digest_differs"),
        (OTHER, "CRC32", "digest_differs"),
        (DECLARED, "CRC32", "digest_differs"),
        (DECLARED + b"!", "SHA256", "size_differs"),
    ],
    ids=["other-bytes", "other-bytes-unmeasured", "right-bytes-unmeasured", "more-bytes"],
)
def test_an_object_put_around_the_api_is_refused_at_finalise(
    ringtree: "Ringtree", draft: dict[str, Any], content: bytes, measure: str, code: str
) -> None:
    ringtree.aws.client("s3").put_object(
        Bucket=ringtree.stack_output("ArtifactsBucket"), Key=draft["key"], Body=content, ChecksumAlgorithm=measure
    )

    _check_refused(ringtree, draft["version"], code)


def test_a_version_means_one_content_for_ever(ringtree: "Ringtree", draft: dict[str, Any]) -> None:
    declared = {"size_bytes": len(DECLARED), "sha256": hashlib.sha256(DECLARED).hexdigest()}
    same = {"version": draft["version"], "file_name": "archive.tar.gz", **declared}

    assert ringtree.operator.post("/v1/releases", json=same).status_code == 200
    for change in ({"sha256": "b" * 64}, {"size_bytes": 1}, {"file_name": "other.tar.gz"}):
        answer = ringtree.operator.post("/v1/releases", json={**same, **change})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "release_exists")
