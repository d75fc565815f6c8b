"""The processes in which the emulator runs a function: found, held still, killed."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from lab.embedded_aws.emulator import EmbeddedAws
from tests.live_system.patience import POLL_SECONDS, eventually

INSTANTS_SECONDS = (0.004, 0.002, 0.0)
"""A turn takes longer than the first; with the last, nothing of it has been done."""
NOTICED_WITHIN_SECONDS = 0.5


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
        """Kill workers until at least one died with messages in hand, which the emulator then says.

        Each round holds the workers still until they have been given something, lets them run for an instant and
        kills them. A round in which they were done within the instant makes the next one shorter.
        """
        before = self.batches_lost()
        for instant in INSTANTS_SECONDS:
            held = self._held_at_work(is_at_work)
            if instant:
                _signal(held, signal.SIGCONT)
                time.sleep(instant)
            _signal(held, signal.SIGKILL)
            if self._has_lost_more_than(before):
                return
        raise AssertionError(f"no worker of {self.name_part} died at work")

    def batches_lost(self) -> int:
        """How many batches of messages ended with the worker that had them in hand."""
        lines = self.aws.state.log.read_text(errors="replace").splitlines()
        return sum(self.name_part in line and "failed processing SQS batch" in line for line in lines)

    def _held_at_work(self, is_at_work: Callable[[], bool]) -> list[psutil.Process]:
        """Stop the workers, also those that are started meanwhile, until work is theirs."""

        def held() -> list[psutil.Process]:
            workers = self.processes()
            _signal(workers, signal.SIGSTOP)
            return workers if is_at_work() else []

        return eventually(held, f"a worker of {self.name_part} is given work")

    def _has_lost_more_than(self, before: int) -> bool:
        deadline = time.monotonic() + NOTICED_WITHIN_SECONDS
        while self.batches_lost() == before and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return self.batches_lost() > before


def _signal(processes: list[psutil.Process], sign: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(sign)
