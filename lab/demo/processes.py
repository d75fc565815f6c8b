"""The processes of the demo: each in a process group of its own, each stopped when the demo ends in any way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.demo.errors import DemoError
from lab.embedded_aws.places import REPOSITORY

STOPS_WITHIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class StagedProcess:
    """A process that the demo started, and the file it writes to."""

    name: str
    popen: "subprocess.Popen[bytes]"
    log: Path

    def check_alive(self) -> None:
        """Raise DemoError when the process has ended though nobody asked it to."""
        if self.popen.poll() is not None:
            raise DemoError(f"{self.name} ended with status {self.popen.returncode}: {last_line(self.log)}")


class Processes:
    """Starts processes and, when the block ends, stops every one with all of its children."""

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._started: list[StagedProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> StagedProcess:
        """Start a process that Ctrl-C reaches only through us, and that ends even when we are killed."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        log = self._log_folder / f"{name}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                [sys.executable, "-m", "lab.demo.tether", *command],
                cwd=REPOSITORY,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        process = StagedProcess(name, popen, log)
        self._started.append(process)
        return process

    def check_alive(self) -> None:
        """Raise DemoError naming the first process that has ended."""
        for process in self._started:
            process.check_alive()

    def stop(self) -> None:
        """Ask all to end, wait for them together, and end what is left of their groups."""
        for process in self._started:
            process.popen.terminate()
        deadline = time.monotonic() + STOPS_WITHIN_SECONDS
        for process in self._started:
            _wait(process.popen, deadline - time.monotonic())
            _kill_group(process.popen.pid)
            process.popen.wait()
            if process.popen.stdin:
                process.popen.stdin.close()
        self._started.clear()


def last_line(log: Path) -> str:
    """The last thing a process said, for a message of one line."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return f"{lines[-1].strip()} (log: {log})" if lines else f"it wrote nothing to {log}"


def _wait(popen: "subprocess.Popen[bytes]", seconds: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        popen.wait(max(0.0, seconds))


def _kill_group(group: int) -> None:
    """End what is left of a process group; nothing is, when all of it ended as asked."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
