"""One client per folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_NAME = "lock"
ATTEMPTS = 5
"""A look by ``is_client_running`` holds the lock for a moment."""


class AlreadyRunningError(Exception):
    """Another client works on the same folder."""


@contextmanager
def client_lock(root: Path) -> Iterator[None]:
    """Hold the folder. The kernel lets go of the lock when this process ends, however it ends."""
    descriptor = os.open(root / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(descriptor):
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
            raise AlreadyRunningError(
                f"a client already runs on {root} (process {holder}); stop it first, or use another --root"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_client_running(root: Path) -> bool:
    """Whether a client holds the folder."""
    if not (root / FILE_NAME).exists():
        return False
    descriptor = os.open(root / FILE_NAME, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    for _ in range(ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False
