"""A run of the demo has its folders to itself, and begins with empty ones."""

from pathlib import Path

import pytest

from lab.demo.errors import DemoError
from lab.demo.folders import DemoFolders, fresh_folders


def test_what_the_last_run_left_is_gone(tmp_path: Path):
    folders = DemoFolders(tmp_path / "demo")
    with fresh_folders(folders):
        (folders.aws / "state").write_text("old")

    with fresh_folders(folders):
        assert list(folders.aws.iterdir()) == []


def test_two_demos_do_not_share_a_folder(tmp_path: Path):
    folders = DemoFolders(tmp_path / "demo")
    with fresh_folders(folders):
        (folders.aws / "state").write_text("mine")

        with pytest.raises(DemoError, match="another demo runs in"), fresh_folders(folders):
            pytest.fail("the second demo began")
        assert (folders.aws / "state").exists()
