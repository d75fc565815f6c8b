"""Kills workers at random while a test goes on."""

import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

from tests.live_system.function_workers import FunctionWorkers

LOOKS_EVERY_SECONDS = 0.1


@dataclass
class Killer:
    """Ends a random worker of a function whenever the work has come past a random point.

    Points are of the work and not of the clock, so that a busy machine is not killed faster than it can start workers.
    The same seed draws the same points and choices.
    """

    workers: FunctionWorkers
    progress: Callable[[], int]
    work: int
    """The progress at the end."""
    kills: int
    seed: int
    killed: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        draw = random.Random(self.seed)
        points = sorted(draw.sample(range(self.work), self.kills))
        while points and not self._over.wait(LOOKS_EVERY_SECONDS):
            processes = sorted(self.workers.processes(), key=lambda process: process.pid)
            if processes and self.progress() >= points[0]:
                points.pop(0)
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
