"""The processes in which the emulator runs a function: found, held still, killed."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from lab.embedded_aws.emulator import EmbeddedAws

HELD_WITHIN_SECONDS = 60.0
SETTLES_IN_SECONDS = 0.02
LOOKS_EVERY_SECONDS = 0.005


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

    def kill_at_work(self, is_at_work: Callable[[], bool]) -> None:
        """Kill workers until at least one died in the middle of a batch, which the emulator then says.

        Stopped workers finish nothing: when the queue still says that messages are being worked on while all
        workers stand still, that work is theirs.
        """
        before = self.batches_lost()
        deadline = time.monotonic() + HELD_WITHIN_SECONDS
        while self.batches_lost() == before:
            assert time.monotonic() < deadline, f"no worker of {self.name_part} was met at work"
            self._kill_if(is_at_work)
            time.sleep(LOOKS_EVERY_SECONDS)

    def batches_lost(self) -> int:
        """How many batches of messages ended with the worker that had them in hand."""
        lines = self.aws.state.log.read_text(errors="replace").splitlines()
        return sum(self.name_part in line and "Worker process died" in line for line in lines)

    def _kill_if(self, is_at_work: Callable[[], bool]) -> None:
        held = self.processes() if is_at_work() else []
        _signal_all(held, signal.SIGSTOP)
        time.sleep(SETTLES_IN_SECONDS if held else 0)
        _signal_all(held, signal.SIGKILL if held and is_at_work() else signal.SIGCONT)


def _signal_all(processes: list[psutil.Process], sign: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(sign)
        except psutil.NoSuchProcess:
            continue
