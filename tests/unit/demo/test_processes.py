"""Nothing that the demo starts outlives it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from lab.demo.errors import DemoError
from lab.demo.interrupts import interrupt_once
from lab.demo.processes import Processes
from lab.embedded_aws.places import REPOSITORY

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]
PARENT = [
    sys.executable,
    "-c",
    f"import subprocess, time; subprocess.Popen({SLEEPER!r}); print('up', flush=True); time.sleep(60)",
]


def wait_until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def tree_of(pid: int, size: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    wait_until(lambda: len(root.children(recursive=True)) >= size - 1)
    return [root, *root.children(recursive=True)]


def test_a_process_ends_with_its_block(tmp_path: Path):
    with Processes(tmp_path) as processes:
        process = processes.start("sleeper", SLEEPER)
        tree = tree_of(process.popen.pid, 2)
        wait_until(lambda: "up" in process.log.read_text())
        processes.check_alive()

    wait_until(lambda: living(tree) == [])


def test_grandchildren_end_too(tmp_path: Path):
    with Processes(tmp_path) as processes:
        tree = tree_of(processes.start("parent", PARENT).popen.pid, 3)

    wait_until(lambda: living(tree) == [])


def test_a_process_that_will_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lab.demo.processes.STOPS_WITHIN_SECONDS", 0.3)
    with Processes(tmp_path) as processes:
        process = processes.start("stubborn", STUBBORN)
        tree = tree_of(process.popen.pid, 2)
        wait_until(lambda: "up" in process.log.read_text())

    wait_until(lambda: living(tree) == [])


def test_a_process_that_ended_by_itself_is_reported_with_its_last_words(tmp_path: Path):
    with Processes(tmp_path) as processes:
        process = processes.start("brief", [sys.executable, "-c", "import sys; sys.exit('no platform')"])
        process.popen.wait(timeout=10)

        with pytest.raises(DemoError, match="brief ended with status 1: no platform"):
            processes.check_alive()


DEMO_LIKE = """
import sys, time
from pathlib import Path
from lab.demo.interrupts import interrupt_once
from lab.demo.processes import Processes
try:
    with interrupt_once(), Processes(Path(sys.argv[1])) as processes:
        process = processes.start("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])
        print(process.popen.pid, flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130), (signal.SIGKILL, -9)]
)
def test_whatever_ends_the_demo_ends_what_it_started(tmp_path: Path, number: signal.Signals, status: int):
    command = [sys.executable, "-c", DEMO_LIKE, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as demo:
        assert demo.stdout is not None
        tree = tree_of(int(demo.stdout.readline()), 2)

        demo.send_signal(number)

        assert demo.wait(timeout=15) == status
    wait_until(lambda: living(tree) == [])


def test_only_the_first_ctrl_c_interrupts_so_that_the_stopping_is_not_disturbed():
    before = signal.getsignal(signal.SIGINT)
    with interrupt_once():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGINT) is before
