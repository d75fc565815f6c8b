"""While the demo is up, the CLI finds it without being told."""

from pathlib import Path

from lab.demo.signpost import signpost_to


def test_the_post_stands_for_the_block_and_no_longer(tmp_path: Path):
    connection_file = tmp_path / "demo" / "embedded.json"
    connection_file.parent.mkdir()
    connection_file.write_text("{}")
    post = tmp_path / "embedded.json"
    post.write_text("left over from a system that is down")

    with signpost_to(connection_file, tmp_path) as ringtree:
        assert post.resolve() == connection_file
        assert ringtree == "ringtree"
    assert not post.is_symlink()


def test_a_post_that_another_system_has_put_up_meanwhile_is_left(tmp_path: Path):
    with signpost_to(tmp_path / "demo" / "embedded.json", tmp_path):
        (tmp_path / "embedded.json").unlink()
        (tmp_path / "embedded.json").write_text("the system of make up")

    assert (tmp_path / "embedded.json").read_text() == "the system of make up"
