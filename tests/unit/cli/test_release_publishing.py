"""Publishing measures, declares, uploads and finalises, and can be repeated from wherever it stopped."""

import hashlib
from pathlib import Path

import pytest
from ringtree_cli.errors import ConflictError, RingtreeError
from ringtree_cli.operator_api import OperatorApi
from ringtree_cli.platform_address import PlatformAddress
from ringtree_cli.release_publishing import UploadRefusedError, measure_archive, publish_release

from tests.unit.cli.conftest import ScriptedPlatform

CONTENT = b"an archive" * 100_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NOT_FOUND = {"error": {"code": "not_found", "message": "no release 1.1.0"}}


@pytest.fixture
def archive_path(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar.gz"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def api(platform: ScriptedPlatform):
    api = OperatorApi.at(PlatformAddress(platform.url, "token", "the test"))
    yield api
    api.close()


def release(status: str, sha256: str = SHA256) -> dict[str, object]:
    return {
        "version": "1.1.0",
        "size_bytes": len(CONTENT),
        "sha256": sha256,
        "file_name": "app.tar.gz",
        "status": status,
    }


def ticket(platform: ScriptedPlatform) -> dict[str, object]:
    upload = {"method": "PUT", "url": f"{platform.url}/bucket/app", "headers": {"x-amz-checksum-sha256": "c"}}
    return {"release": release("awaiting_upload"), "upload": {**upload, "expires_in_seconds": 900}}


def test_a_new_release_is_declared_uploaded_and_finalised(
    platform: ScriptedPlatform, api: OperatorApi, archive_path: Path
):
    platform.answers("GET", "/v1/releases/1.1.0", NOT_FOUND, 404)
    platform.answers("POST", "/v1/releases", ticket(platform), 201)
    platform.answers("PUT", "/bucket/app", "")
    platform.answers("POST", "/v1/releases/1.1.0/finalise", {"release": release("ready")})
    sent: list[int] = []

    published = publish_release(api, measure_archive(archive_path), "1.1.0", sent.append)

    assert published.status == "ready"
    assert platform.asked("POST", "/v1/releases")[0].document == {
        "version": "1.1.0", "size_bytes": len(CONTENT), "sha256": SHA256, "file_name": "app.tar.gz",
    }  # fmt: skip
    upload = platform.asked("PUT", "/bucket/app")[0]
    assert upload.body == CONTENT
    assert upload.headers["x-amz-checksum-sha256"] == "c"
    assert "Transfer-Encoding" not in upload.headers  # S3 takes no chunked bodies
    assert sum(sent) == len(CONTENT)


def test_a_publish_that_broke_off_before_the_upload_goes_on_there(
    platform: ScriptedPlatform, api: OperatorApi, archive_path: Path
):
    platform.answers("GET", "/v1/releases/1.1.0", {"release": release("awaiting_upload")})
    platform.answers("POST", "/v1/releases/1.1.0/upload-url", ticket(platform))
    platform.answers("PUT", "/bucket/app", "")
    platform.answers("POST", "/v1/releases/1.1.0/finalise", {"release": release("ready")})

    assert publish_release(api, measure_archive(archive_path), "1.1.0").status == "ready"
    assert not platform.asked("POST", "/v1/releases")


def test_a_release_that_is_ready_with_the_same_archive_is_left_as_it_is(
    platform: ScriptedPlatform, api: OperatorApi, archive_path: Path
):
    platform.answers("GET", "/v1/releases/1.1.0", {"release": release("ready")})

    publish_release(api, measure_archive(archive_path), "1.1.0")

    assert [one.method for one in platform.requests] == ["GET"]


def test_a_version_is_never_published_with_a_second_archive(
    platform: ScriptedPlatform, api: OperatorApi, archive_path: Path
):
    platform.answers("GET", "/v1/releases/1.1.0", {"release": release("ready", sha256="0" * 64)})

    with pytest.raises(ConflictError, match=r"1\.1\.0 exists with another archive.*new version"):
        publish_release(api, measure_archive(archive_path), "1.1.0")


def test_a_store_that_refuses_the_archive_is_quoted_and_nothing_is_finalised(
    platform: ScriptedPlatform, api: OperatorApi, archive_path: Path
):
    platform.answers("GET", "/v1/releases/1.1.0", NOT_FOUND, 404)
    platform.answers("POST", "/v1/releases", ticket(platform), 201)
    platform.answers("PUT", "/bucket/app", "<Error>BadDigest</Error>", 400)

    with pytest.raises(UploadRefusedError, match="BadDigest"):
        publish_release(api, measure_archive(archive_path), "1.1.0")
    assert not platform.asked("POST", "/v1/releases/1.1.0/finalise")


def test_an_archive_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(RingtreeError, match=r"cannot read .*absent\.tar\.gz"):
        measure_archive(tmp_path / "absent.tar.gz")
