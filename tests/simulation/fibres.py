"""Fibres: code that stops at its calls to the outside and goes on when told to; never two at once.

A fibre is a thread that runs only while the one that resumed it waits. So the code in it is the true, blocking code,
and which of many fibres takes its next step is decided by one seeded schedule, the same way every time.
"""

from collections.abc import Callable
from threading import Lock, Thread
from typing import ClassVar


class Killed(BaseException):
    """The fibre was killed where it stood. No handler of Exception sees it, as none sees the death of a process."""


class Fibre:
    """One piece of code on its way. Threads of those that ended are used again."""

    _idle: ClassVar[list["_Worker"]] = []

    def __init__(self, job: Callable[[], None]) -> None:
        self._worker = self._idle.pop() if self._idle else _Worker()
        self._worker.job = job
        self._is_killed = False
        self.has_ended = False

    def resume(self) -> None:
        """Run until the code suspends itself or ends; what it raised is raised here."""
        self._worker.run_on()
        if self._worker.job is not None:
            return
        self.has_ended = True
        error, self._worker.error = self._worker.error, None
        self._idle.append(self._worker)
        if error is not None and not isinstance(error, Killed):
            raise error

    def suspend(self) -> None:
        """Stop here, inside the code, until resumed; raises Killed when that never happens."""
        self._worker.stop_here()
        if self._is_killed:
            raise Killed

    def kill(self) -> None:
        """End the code where it is suspended."""
        if not self.has_ended:
            self._is_killed = True
            self.resume()


class _Worker:
    def __init__(self) -> None:
        self.job: Callable[[], None] | None = None
        self.error: BaseException | None = None
        self._go, self._stopped = Lock(), Lock()
        self._go.acquire()
        self._stopped.acquire()
        Thread(target=self._work, daemon=True).start()

    def run_on(self) -> None:
        self._go.release()
        self._stopped.acquire()

    def stop_here(self) -> None:
        self._stopped.release()
        self._go.acquire()

    def _work(self) -> None:
        while True:
            self._go.acquire()
            assert self.job is not None
            try:
                self.job()
            except BaseException as error:  # noqa: BLE001 - handed to whoever resumed
                self.error = error
            self.job = None
            self._stopped.release()
