"""An invocation is over when its handler is, with all of its log lines and without a wait for more.

The emulator waits up to 50 ms after each invocation for a log line that may still come, and 5 ms after the last one.
AWS has no such pause: the handler's answer ends the invocation,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html ("Invoke phase"). Here the worker closes
its lines with a mark, and the emulator reads up to the mark.
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

import queue
import time
from typing import Any

from ministack.core import lambda_runtime

from lab.embedded_aws.patches.emulator_source import replace_once

_MARK = "--ringtree-end-of-invocation--"
_LONGEST_WAIT_SECONDS = 1.0


def apply() -> None:
    """Write the mark after the handler returns or raises; read the lines before it."""
    lambda_runtime._PYTHON_WORKER_SCRIPT = replace_once(
        lambda_runtime._PYTHON_WORKER_SCRIPT,
        "        _real_stdout.flush()\n\nrun()",
        f'        sys.stderr.write("{_MARK}\\n")\n        sys.stderr.flush()\n        _real_stdout.flush()\n\nrun()',
    )
    wait_for_more = lambda_runtime.Worker._drain_stderr_bounded

    def read_to_mark(worker: Any, *args: Any, **options: Any) -> str:
        if not str(worker.config.get("Runtime", "")).startswith("python"):
            drained: str = wait_for_more(worker, *args, **options)
            return drained
        return "\n".join(_lines_before_mark(worker._stderr_queue))

    lambda_runtime.Worker._drain_stderr_bounded = read_to_mark


def _lines_before_mark(lines_of_worker: "queue.Queue[str]") -> list[str]:
    lines: list[str] = []
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    while True:
        try:
            line = lines_of_worker.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return lines
        if line == _MARK:
            return lines
        lines.append(line)
