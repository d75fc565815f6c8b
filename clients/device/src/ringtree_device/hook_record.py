"""Which hook is running, so that the next life of a killed client can end it before it begins anew."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

FILE_NAME = "hook.json"
CLOCK_DRIFT_SECONDS = 5.0
"""A start is reckoned from the time of boot, which moves when the clock is set; and a busy machine writes late."""
RECORDED = 'echo "$$" >"$1" && shift && exec "$@"'
"""The process that becomes the hook writes its own number first, so no kill falls between its start and its record."""


class HookRecord:
    """A file with the process of the running hook. Not synced: a hook does not outlive a power cut either."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE_NAME

    def recorded(self, command: Sequence[str]) -> tuple[str, ...]:
        """Give the command that is on record from the moment it runs, as the leader of its process group."""
        return ("/bin/sh", "-c", RECORDED, "hook", str(self._path.absolute()), *command)

    def forget(self) -> None:
        """The hook has ended."""
        self._path.unlink(missing_ok=True)

    def end_orphan(self) -> None:
        """Kill the hook that a killed client left running, with its process group."""
        with suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess, ProcessLookupError):
            process_id = int(self._path.read_text())
            # The number may belong to another process by now; the time of its start tells.
            if abs(psutil.Process(process_id).create_time() - self._path.stat().st_mtime) < CLOCK_DRIFT_SECONDS:
                os.killpg(process_id, signal.SIGKILL)
        self.forget()
