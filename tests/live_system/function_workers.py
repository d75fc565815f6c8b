"""The processes in which the emulator runs a function: found, held still, killed."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from lab.embedded_aws.emulator import EmbeddedAws

HELD_WITHIN_SECONDS = 60.0
SETTLES_IN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class FunctionWorkers:
    """All warm environments of one function."""

    aws: EmbeddedAws
    name_part: str
    """Part of the function's name that no other function has, ``BatchTurns`` for example."""

    def processes(self) -> list[psutil.Process]:
        """The processes that live now."""
        found = []
        for process in self.aws.process.children(recursive=True):
            try:
                if self.name_part in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def kill_at_work(self, is_at_work: Callable[[], bool]) -> int:
        """Kill every worker while it is in the middle of a batch; answers how many died.

        Stopped workers finish nothing: when the queue still says that messages are being worked on while all
        workers stand still, that work is theirs.
        """
        deadline = time.monotonic() + HELD_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if is_at_work():
                held = self.processes()
                _signal_all(held, signal.SIGSTOP)
                time.sleep(SETTLES_IN_SECONDS)
                if held and is_at_work():
                    _signal_all(held, signal.SIGKILL)
                    return len(held)
                _signal_all(held, signal.SIGCONT)
            time.sleep(0.001)
        raise AssertionError(f"no worker of {self.name_part} was met at work in {HELD_WITHIN_SECONDS:g} s")


def _signal_all(processes: list[psutil.Process], sign: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(sign)
        except psutil.NoSuchProcess:
            continue
