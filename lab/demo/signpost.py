"""Lets the CLI find the demo's platform without being told, unless another one is up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.system import DEFAULT_FOLDER


@contextmanager
def signpost_to(connection_file: Path, folder: Path = DEFAULT_FOLDER) -> Iterator[str]:
    """Have ``.ringtree/embedded.json`` lead to the demo for a block; gives the words to call the CLI with."""
    post = folder / connection_file.name
    if EmbeddedAws.find(folder) is not None:
        yield f"ringtree --config {connection_file}"
        return

    post.unlink(missing_ok=True)
    post.symlink_to(connection_file)
    try:
        yield "ringtree"
    finally:
        if post.is_symlink() and post.readlink() == connection_file:
            post.unlink()
