"""Kills workers at random while a test goes on."""

import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

from tests.live_system.function_workers import FunctionWorkers


@dataclass
class Killer:
    """Ends a random worker of a function at random times; the same seed draws the same times and choices."""

    workers: FunctionWorkers
    seed: int
    shortest_seconds: float
    longest_seconds: float
    killed: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        draw = random.Random(self.seed)
        while not self._over.wait(draw.uniform(self.shortest_seconds, self.longest_seconds)):
            processes = sorted(self.workers.processes(), key=lambda process: process.pid)
            if processes:
                with suppress(psutil.NoSuchProcess):
                    draw.choice(processes).send_signal(signal.SIGKILL)
                    self.killed += 1

    def stop(self) -> None:
        self._over.set()


@contextmanager
def killing(killer: Killer) -> Iterator[Killer]:
    """Kill for a block."""
    thread = threading.Thread(target=killer.run, name="killer")
    thread.start()
    try:
        yield killer
    finally:
        killer.stop()
        thread.join(timeout=30)
