"""The platform is found by environment, by file, or by the folder one stands in."""

import json
from pathlib import Path

import pytest
from ringtree_cli.errors import PlatformNotFoundError
from ringtree_cli.platform_address import find_platform


def write(file: Path, **values: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values))
    return file


def test_the_environment_goes_before_every_file(tmp_path: Path):
    write(tmp_path / ".ringtree/embedded.json", operator_url="http://file", operator_token="file")
    environment = {"RINGTREE_OPERATOR_URL": "http://env/", "RINGTREE_OPERATOR_TOKEN": "env"}

    found = find_platform(environment, None, tmp_path)

    assert (found.operator_url, found.operator_token) == ("http://env", "env")


def test_the_file_given_goes_before_the_one_found(tmp_path: Path):
    write(tmp_path / ".ringtree/embedded.json", operator_url="http://found", operator_token="t")
    given = write(tmp_path / "given.json", operator_url="http://given", operator_token="t")

    assert find_platform({}, given, tmp_path).operator_url == "http://given"


def test_the_nearest_embedded_platform_upward_is_found(tmp_path: Path):
    write(tmp_path / ".ringtree/embedded.json", operator_url="http://far", operator_token="t")
    write(tmp_path / "a/.ringtree/embedded.json", operator_url="http://near", operator_token="t")
    (tmp_path / "a/b/c").mkdir(parents=True)

    assert find_platform({}, None, tmp_path / "a/b/c").operator_url == "http://near"


def test_no_platform_at_all_says_every_way_to_name_one(tmp_path: Path):
    with pytest.raises(PlatformNotFoundError, match=r"RINGTREE_OPERATOR_URL.*--config.*ringtree up"):
        find_platform({}, None, tmp_path)


@pytest.mark.parametrize("given", ["RINGTREE_OPERATOR_URL", "RINGTREE_OPERATOR_TOKEN"])
def test_half_an_environment_is_not_taken_for_a_whole_one(given: str, tmp_path: Path):
    missing = {"RINGTREE_OPERATOR_URL", "RINGTREE_OPERATOR_TOKEN"} - {given}

    with pytest.raises(PlatformNotFoundError, match=f"{missing.pop()} is not set"):
        find_platform({given: "x"}, None, tmp_path)


def test_a_file_that_lacks_a_field_is_named_with_the_field(tmp_path: Path):
    file = write(tmp_path / "half.json", operator_url="http://x")

    with pytest.raises(PlatformNotFoundError, match=r"half\.json lacks operator_token"):
        find_platform({}, file, tmp_path)


def test_a_file_that_is_missing_or_not_json_is_named(tmp_path: Path):
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    with pytest.raises(PlatformNotFoundError, match=r"broken\.json is not JSON"):
        find_platform({}, broken, tmp_path)
    with pytest.raises(PlatformNotFoundError, match=r"cannot read .*absent\.json"):
        find_platform({}, tmp_path / "absent.json", tmp_path)
