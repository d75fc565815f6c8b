"""An invocation that finds every execution environment of its function busy waits for one, beyond a few per core.

The emulator starts a process for every invocation that runs at the same time as others: five hundred devices that call
at once start five hundred processes, and the machine is busy starting them for minutes. AWS starts environments too, on
machines of its own, so that callers see short answers and no errors:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
A machine with a few cores comes closest to that with a few processes that are always warm.
"""

import os
import threading
import time
from collections import defaultdict
from typing import Any

from ministack.services import lambda_svc

ENVIRONMENTS_PER_FUNCTION = 4 * (os.cpu_count() or 1)

_LONGEST_WAIT_SECONDS = 60.0
"""Then the caller is told that the function is at its limit, which the SDKs retry."""
_LOOK_AGAIN_SECONDS = 0.5
"""Nobody tells of an environment that died."""


def apply() -> None:
    """Bound the pool of each function, and hand environments on as they become free."""
    acquire, release = lambda_svc.acquire_worker, lambda_svc.release_worker
    freed: defaultdict[str, threading.Condition] = defaultdict(threading.Condition)

    def acquire_or_wait(function_name: str, *function: Any, **options: Any) -> Any:
        deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
        with freed[function_name]:
            while True:
                worker, reason = acquire(function_name, *function, **options, max_concurrency=ENVIRONMENTS_PER_FUNCTION)
                if worker is not None or time.monotonic() >= deadline:
                    return worker, reason
                freed[function_name].wait(_LOOK_AGAIN_SECONDS)

    def release_and_tell(worker: Any) -> None:
        release(worker)
        if worker is not None:
            with freed[worker.func_name]:
                freed[worker.func_name].notify()

    lambda_svc.acquire_worker, lambda_svc.release_worker = acquire_or_wait, release_and_tell
