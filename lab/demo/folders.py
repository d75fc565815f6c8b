"""Where the demo keeps what; all of it is made anew by every run."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.demo.errors import DemoError
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.places import REPOSITORY


@dataclass(frozen=True, slots=True)
class DemoFolders:
    """One run's files."""

    path: Path = REPOSITORY / ".ringtree" / "demo"

    @property
    def aws(self) -> Path:
        """State of the demo's own embedded AWS: the one of `make up` is left alone."""
        return self.path / "aws"

    @property
    def device(self) -> Path:
        """What this machine, as a device, installs into."""
        return self.path / "device"

    @property
    def simulator(self) -> Path:
        """What the simulated devices log."""
        return self.path / "simulator"

    @property
    def archives(self) -> Path:
        """The releases that are published."""
        return self.path / "archives"

    @property
    def logs(self) -> Path:
        """What our processes write."""
        return self.path / "logs"


@contextmanager
def fresh_folders(folders: DemoFolders) -> Iterator[None]:
    """Hold the folders for a run, empty at its beginning. The kernel lets go of them when we end, however we end.

    Raises DemoError when another demo holds them.
    """
    folders.path.parent.mkdir(parents=True, exist_ok=True)
    with folders.path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError(f"another demo runs in {folders.path}; end it with Ctrl-C, or give --folder") from error
        left_over = EmbeddedAws.find(folders.aws)
        if left_over is not None:
            left_over.stop()
        if folders.path.exists():
            shutil.rmtree(folders.path)
        folders.aws.mkdir(parents=True)
        yield
