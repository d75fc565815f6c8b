"""The data of a message as people write them."""

import io
from pathlib import Path
from typing import Any

import pytest
from ringtree_cli.message_data import MessageDataError, read_data


@pytest.mark.parametrize(
    ("text", "pairs", "data"),
    [
        (None, [], {}),
        ('{"ring": "early"}', [], {"ring": "early"}),
        (None, ["ring=early", "count=3", "quoted=\"3\"", "none=null", "flag=true", "empty=", "expression=a=b"],
         {"ring": "early", "count": 3, "quoted": "3", "none": None, "flag": True, "empty": "", "expression": "a=b"}),
        (None, ['details={"name": "Till 1"}'], {"details": {"name": "Till 1"}}),
        ('{"ring": "early", "count": 1}', ["count=2"], {"ring": "early", "count": 2}),
        ("-", [], {"from": "stdin"}),
    ],
)  # fmt: skip
def test_fields_come_from_json_and_from_pairs_on_top(text: str | None, pairs: list[str], data: dict[str, Any]):
    assert read_data(text, pairs, io.StringIO('{"from": "stdin"}')) == data


def test_fields_come_from_a_file(tmp_path: Path):
    file = tmp_path / "message.json"
    file.write_text('{"ring": "ä"}', encoding="utf-8")

    assert read_data(f"@{file}", (), io.StringIO()) == {"ring": "ä"}


@pytest.mark.parametrize(
    ("text", "pairs", "told"),
    [
        ("{", [], "--data is not JSON"),
        ("[1]", [], "--data is not a JSON object"),
        ("-", [], "stdin is not JSON"),
        ("@/nowhere/message.json", [], "cannot read /nowhere/message.json"),
        (None, ["ring"], "'ring' is not name=value"),
        (None, ["=early"], "'=early' is not name=value"),
    ],
)
def test_what_is_no_data_is_refused_with_an_example(text: str | None, pairs: list[str], told: str):
    with pytest.raises(MessageDataError) as refused:
        read_data(text, pairs, io.StringIO(""))

    assert told in str(refused.value)
