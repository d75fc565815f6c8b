"""Which hook is running, so that the next life of a killed client can end it before it begins anew."""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil

FILE_NAME = "hook.json"
CLOCK_DRIFT_SECONDS = 2.0
"""A start is reckoned from the time of boot, which moves when the clock is set."""


class HookRecord:
    """A file with the process of the running hook. Not synced: a hook does not outlive a power cut either."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE_NAME

    def remember(self, process_id: int) -> None:
        """A hook has started, as the leader of its process group."""
        with suppress(psutil.NoSuchProcess):
            started = psutil.Process(process_id).create_time()
            self._path.write_text(json.dumps({"process_id": process_id, "started": started}))

    def forget(self) -> None:
        """The hook has ended."""
        self._path.unlink(missing_ok=True)

    def end_orphan(self) -> None:
        """Kill the hook that a killed client left running, with its process group."""
        with suppress(FileNotFoundError, ValueError, KeyError, psutil.NoSuchProcess, ProcessLookupError):
            record = json.loads(self._path.read_bytes())
            # The number may belong to another process by now; the time of its start tells.
            if abs(psutil.Process(record["process_id"]).create_time() - record["started"]) < CLOCK_DRIFT_SECONDS:
                os.killpg(record["process_id"], signal.SIGKILL)
        self.forget()
