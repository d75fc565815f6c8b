"""A real device: the `ringtree-device` client as a process of its own, with a folder of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ringtree_device.install_log import InstallLog

from tests.live_system.patience import eventually

ENROLS_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 15.0


class RealDevice:
    """Enrolled when made; `with` runs it, and however the block ends its process is gone after it."""

    def __init__(self, root: Path, device_id: str, process: "subprocess.Popen[bytes] | None" = None) -> None:
        self.root = root
        self.device_id = device_id
        self._process = process

    @classmethod
    def enrol(cls, root: Path, device_url: str, enrolment_token: str, device_id: str, ring: str) -> "RealDevice":
        """Join the fleet by the command that devices use."""
        words = ("enrol", "--url", device_url, "--device-id", device_id, "--ring", ring, "--root", str(root))
        enrolled = subprocess.run(
            _client(*words),
            env={**os.environ, "RINGTREE_ENROLMENT_TOKEN": enrolment_token},
            capture_output=True,
            text=True,
            timeout=ENROLS_WITHIN_SECONDS,
            check=False,
        )
        assert enrolled.returncode == 0, enrolled.stderr
        return cls(root, device_id)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOPS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def start(self) -> None:
        """Begin, or go on with, its life."""
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                _client("run", "--verbose", "--root", str(self.root)), stdin=subprocess.DEVNULL, stderr=log
            )

    def kill_when(self, moment: Callable[[], object], what: str, within_seconds: float = 60.0) -> None:
        """Run until the moment has come, and be killed without any warning."""
        self.start()
        assert self._process is not None
        eventually(moment, what, within_seconds)
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait(STOPS_WITHIN_SECONDS) == -signal.SIGKILL

    @property
    def log(self) -> str:
        """All that its runs have written so far."""
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    @property
    def current(self) -> str | None:
        """Where the link `current` leads."""
        link = self.root / "current"
        return str(link.readlink()) if link.is_symlink() else None

    @property
    def version_file(self) -> str | None:
        """What the running release says of itself."""
        file = self.root / "current" / "VERSION"
        return file.read_text().strip() if file.is_file() else None

    @property
    def installs(self) -> Sequence[dict[str, Any]]:
        """The lines of its install log."""
        return InstallLog(self.root).lines()

    @property
    def _log_file(self) -> Path:
        return self.root.with_suffix(".log")


def _client(*words: str) -> list[str]:
    return [sys.executable, "-m", "ringtree_device", *words]
