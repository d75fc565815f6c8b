"""Ctrl-C, a closed terminal and ``kill`` all end the demo the same way: once, and with everything stopped."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _ignore(_signal: int, _frame: FrameType | None) -> None:
    """Not SIG_IGN, which programs that we start while stopping would inherit."""


@contextmanager
def interrupt_once() -> Iterator[None]:
    """The first of these signals raises KeyboardInterrupt; those after it must not disturb the stopping."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for number in ENDING_SIGNALS:
            signal.signal(number, _ignore)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
