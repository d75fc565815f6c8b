"""What people see at the terminal when the system cannot start: one line that helps, and no stack trace."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.places import REPOSITORY
from lab.embedded_aws.ports import free_port

UP_WITHOUT_NODE = """
import pathlib, sys
from lab.embedded_aws import __main__, cdk_command
cdk_command.TOOLS = pathlib.Path(sys.argv.pop())
sys.exit(__main__.main())
"""


def _run(*words: str, port: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words],
        cwd=REPOSITORY,
        env=os.environ | {"PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _check_one_clear_line(said: str) -> None:
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1, said


def test_the_demo_names_who_has_its_port_and_the_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        demo = _run("-m", "lab.demo", "--exit", "--folder", str(tmp_path / "demo"), port=port)

    assert demo.returncode == 1
    assert "Traceback" not in demo.stdout + demo.stderr
    (told,) = [line for line in demo.stdout.splitlines() if line.startswith("demo: ")]
    assert f"Port {port} is taken by" in told
    assert f"(pid {os.getpid()})" in told


def test_a_missing_node_is_told_in_one_line_and_nothing_stays_behind(tmp_path: Path) -> None:
    state = tmp_path / "state"
    command = _run("-c", UP_WITHOUT_NODE, "up", "--state", str(state), str(tmp_path / "nothing"), port=free_port())

    assert command.returncode == 1
    _check_one_clear_line(command.stderr)
    assert command.stderr.startswith("Node is missing: ")
    assert "make setup" in command.stderr
    assert EmbeddedAws.find(state) is None


def test_a_stale_emulator_is_told_by_status_with_the_remedy(tmp_path: Path) -> None:
    status = ("-m", "lab.embedded_aws", "status", "--state", str(tmp_path))
    with EmbeddedAws.start(tmp_path, free_port()) as stale:
        stale.state.connection.write_text("{}")
        stale.process.send_signal(signal.SIGSTOP)
        hung = _run(*status, port=stale.port)
        stale.process.send_signal(signal.SIGKILL)
        stale.process.wait(timeout=5)
        dead = _run(*status, port=stale.port)

    for told in (hung, dead):
        assert told.returncode == 1
        _check_one_clear_line(told.stdout + told.stderr)
        assert "make up" in told.stdout
