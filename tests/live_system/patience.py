"""Waiting without sleeping by guess: ask until it is so, or fail with what was seen last."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.1


def eventually(ask: Callable[[], T | None], what: str, within_seconds: float = 30.0) -> T:
    """Ask until the answer is true; the last answer fails the test."""
    deadline = time.monotonic() + within_seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"{what}: still {answer!r} after {within_seconds:g} s"
        time.sleep(POLL_SECONDS)
    return answer
