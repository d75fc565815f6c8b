"""Runs a command of a release: in its folder, within its time, with the end of its output kept."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ringtree_device.hook_record import HookRecord
from ringtree_device.manifest import Hook

TAIL_BYTES = 4096
TAIL_LINES = 5
ENVIRONMENT_PREFIX = "RINGTREE_"
"""Variables of this client, such as its enrolment token, that are not for hooks."""


@dataclass(frozen=True, slots=True)
class HookResult:
    """How a hook ended."""

    exit_code: int | None
    """None when it was stopped after its time; below 0 when a signal ended it."""
    last_lines: tuple[str, ...]

    @property
    def problem(self) -> str | None:
        """What is wrong, or none when the hook succeeded."""
        if self.exit_code == 0:
            return None
        ending = "did not end in time" if self.exit_code is None else f"exited with {self.exit_code}"
        return f"{ending}: {' | '.join(self.last_lines)}" if self.last_lines else ending


async def run_hook(hook: Hook, folder: Path, variables: Mapping[str, str], record: HookRecord) -> HookResult:
    """Run a hook. Its whole process group is killed after its time, or when this is cancelled. Raises OSError."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    output = _OutputTail()
    try:
        process = await asyncio.create_subprocess_exec(
            *record.recorded(hook.command),
            cwd=folder,
            env={**inherited, **variables},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output.write_end,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            exit_code: int | None = await asyncio.wait_for(process.wait(), hook.timeout_seconds)
        except TimeoutError:
            exit_code = None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
            record.forget()
        return HookResult(exit_code, output.last_lines())
    finally:
        output.close()


class _OutputTail:
    """Keeps the end of what is written to a pipe, and does not wait for those who keep the pipe open."""

    def __init__(self) -> None:
        self._tail = bytearray()
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._read_end, self._read)

    def last_lines(self) -> tuple[str, ...]:
        """The last lines that have been written."""
        self._read()
        lines = self._tail.decode(errors="replace").splitlines()
        return tuple(line.strip() for line in lines if line.strip())[-TAIL_LINES:]

    def close(self) -> None:
        """Let go of both ends; who still writes gets a broken pipe."""
        self._loop.remove_reader(self._read_end)
        os.close(self._read_end)
        os.close(self.write_end)

    def _read(self) -> None:
        with suppress(BlockingIOError):
            while chunk := os.read(self._read_end, TAIL_BYTES):
                self._tail += chunk
                del self._tail[:-TAIL_BYTES]
