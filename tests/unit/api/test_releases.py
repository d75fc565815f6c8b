"""The routes of releases."""

import hashlib

import pytest

from lambdas.fleet.releases import Release
from tests.unit.api.fleet_in_memory import FleetInMemory

CONTENT = b"an archive"
DRAFT = {
    "version": "1.1.0",
    "size_bytes": len(CONTENT),
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "file_name": "app-1.1.0.tar.gz",
}


def test_release_is_created_with_a_request_that_uploads_it(fleet: FleetInMemory) -> None:
    answer = fleet.operator("POST", "/v1/releases", DRAFT)

    assert answer.status == 201
    assert answer.raw["headers"]["Location"] == "/v1/releases/1.1.0"
    assert answer.body["release"] == DRAFT | {"status": "awaiting_upload", "created_at": "2026-03-01T12:00:00Z"}
    assert answer.body["upload"]["method"] == "PUT"
    assert answer.body["upload"]["expires_in_seconds"] == 900


def test_same_release_again_is_the_same_release(fleet: FleetInMemory) -> None:
    fleet.operator("POST", "/v1/releases", DRAFT)

    again = fleet.operator("POST", "/v1/releases", DRAFT)

    assert again.status == 200
    assert again.body["upload"]["url"]


def test_other_release_of_the_same_version_is_a_409(fleet: FleetInMemory) -> None:
    fleet.operator("POST", "/v1/releases", DRAFT)
    before = fleet.written()

    answer = fleet.operator("POST", "/v1/releases", DRAFT | {"size_bytes": 11})

    assert (answer.status, answer.error["code"], answer.error["field"]) == (409, "release_exists", "version")
    assert fleet.written() == before


def test_release_is_ready_once_what_was_declared_is_uploaded(fleet: FleetInMemory) -> None:
    fleet.operator("POST", "/v1/releases", DRAFT)
    fleet.artifacts.upload(Release("1.1.0", 0, ""), "app-1.1.0.tar.gz", CONTENT)

    answer = fleet.operator("POST", "/v1/releases/1.1.0/finalise")
    again = fleet.operator("POST", "/v1/releases/1.1.0/finalise")

    assert (answer.status, answer.body["release"]["status"]) == (200, "ready")
    assert (again.status, again.body) == (200, answer.body)
    assert fleet.operator("GET", "/v1/releases/1.1.0").body == answer.body


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "upload_missing"), (b"another one", "size_differs"), (b"AN archive", "digest_differs")],
)
def test_release_whose_upload_differs_is_refused(fleet: FleetInMemory, content: bytes | None, code: str) -> None:
    fleet.operator("POST", "/v1/releases", DRAFT)
    if content is not None:
        fleet.artifacts.upload(Release("1.1.0", 0, ""), "app-1.1.0.tar.gz", content)

    answer = fleet.operator("POST", "/v1/releases/1.1.0/finalise")

    assert (answer.status, answer.error["code"]) == (409, code)
    assert "upload-url" in answer.error["remedy"]
    assert fleet.operator("GET", "/v1/releases/1.1.0").body["release"]["status"] == "awaiting_upload"


def test_upload_can_be_signed_again_until_the_release_is_ready(fleet: FleetInMemory) -> None:
    fleet.operator("POST", "/v1/releases", DRAFT)

    assert fleet.operator("POST", "/v1/releases/1.1.0/upload-url").body["upload"]["url"]

    fleet.artifacts.upload(Release("1.1.0", 0, ""), "app-1.1.0.tar.gz", CONTENT)
    fleet.operator("POST", "/v1/releases/1.1.0/finalise")
    answer = fleet.operator("POST", "/v1/releases/1.1.0/upload-url")
    assert (answer.status, answer.error["code"]) == (409, "release_is_ready")
    assert fleet.operator("POST", "/v1/releases", DRAFT).body["upload"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/releases/9.9"),
        ("POST", "/v1/releases/9.9/upload-url"),
        ("POST", "/v1/releases/9.9/finalise"),
    ],
)
def test_unknown_release_is_a_404_that_names_it(fleet: FleetInMemory, method: str, path: str) -> None:
    answer = fleet.operator(method, path)

    assert (answer.status, answer.error["message"]) == (404, "there is no release '9.9'")


def test_releases_are_listed_page_by_page(fleet: FleetInMemory) -> None:
    for number in range(5):
        fleet.operator("POST", "/v1/releases", DRAFT | {"version": f"1.{number}"})

    first = fleet.operator("GET", "/v1/releases", query={"limit": "3"}).body
    second = fleet.operator("GET", "/v1/releases", query={"limit": "3", "cursor": first["cursor"]}).body

    versions = [release["version"] for release in (*first["releases"], *second["releases"])]
    assert versions == ["1.0", "1.1", "1.2", "1.3", "1.4"]
    assert second["cursor"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", ""),
        ("version", "../../etc"),
        ("version", "1.0 "),
        ("version", "v" * 65),
        ("size_bytes", 0),
        ("size_bytes", 5 * 1024**3 + 1),
        ("size_bytes", "10"),
        ("size_bytes", 1.5),
        ("sha256", "0" * 63),
        ("sha256", "G" * 64),
        ("file_name", "a/b.tar.gz"),
        ("file_name", ".."),
        ("file_name", None),
    ],
)
def test_bad_release_is_a_422_that_names_the_field(fleet: FleetInMemory, field: str, value: object) -> None:
    before = fleet.written()

    answer = fleet.operator("POST", "/v1/releases", DRAFT | {field: value})

    assert (answer.status, answer.error["field"]) == (422, field)
    assert fleet.written() == before
