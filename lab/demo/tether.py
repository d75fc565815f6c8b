"""Runs a command that must not outlive the demo: it ends when our standard input closes, however the demo ended."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import FrameType

STOPS_WITHIN_SECONDS = 8.0


def main(command: Sequence[str]) -> int:
    """Run the command until it ends, or until our input closes or we are told to stop."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        child.terminate()

    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=_end_with_input, args=(child,), daemon=True).start()
    return child.wait()


def _end_with_input(child: "subprocess.Popen[bytes]") -> None:
    # Not sys.stdin: its lock, held by this thread, would abort the interpreter when the command ends first.
    while os.read(0, 4096):
        pass
    child.terminate()
    try:
        child.wait(STOPS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
