"""The command line, as processes against a platform on loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ringtree_device.main import app
from typer.testing import CliRunner

from tests.unit.device_client.platform_double import PlatformDouble
from tests.unit.device_client.platform_server import PlatformServer

PATIENCE_SECONDS = 20.0


@pytest.fixture
def server(platform: PlatformDouble) -> Iterator[PlatformServer]:
    platform.next_heartbeat_seconds = 0.2
    with PlatformServer(platform).serving() as server:
        yield server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "device"


def ringtree_device(*words: str, **variables: str):
    return CliRunner(env=variables).invoke(app, list(words))


def enrol(server: PlatformServer, root: Path, *more: str):
    words = ("enrol", "--url", server.url, "--device-id", "d-1", "--root", str(root), *more)
    return ringtree_device(*words, RINGTREE_ENROLMENT_TOKEN="enrol-me")


@contextmanager
def running_client(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "ringtree_device", "run", "--root", str(root), "--verbose"]
    with (root / "client.log").open("ab") as log, subprocess.Popen(command, stderr=log) as client:
        try:
            yield client
        finally:
            client.kill()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not come about in time"
        time.sleep(0.01)


def test_a_client_killed_at_any_time_installs_once_in_the_end(server, platform, publish, root, tmp_path):
    hook = '#!/bin/sh\necho x >>{0}\nif [ "$(wc -l <{0})" = 1 ]; then sleep 60; fi\n'
    pre_install, health_check = tmp_path / "pre-install-began", tmp_path / "health-check-began"
    publish(
        "1.1.0",
        files={"ballast.bin": os.urandom(200_000)},
        pre_install=hook.format(pre_install),
        health_check=hook.format(health_check),
    )
    enrol(server, root)
    platform.offer("x-1", "1.1.0")
    server.pause_between_chunks_seconds = 0.02

    for moment in (lambda: server.bytes_sent > 50_000, pre_install.exists, health_check.exists):
        with running_client(root) as client:
            wait_until(moment)
            client.send_signal(signal.SIGKILL)
        server.pause_between_chunks_seconds = 0.0
    with running_client(root):
        wait_until(lambda: platform.outcome_of("x-1") is not None)

    assert platform.outcome_of("x-1").state == "done"
    assert (root / "current" / "VERSION").read_text() == "1.1.0\n"
    assert len((root / "installs.jsonl").read_text().splitlines()) == 1
    assert "range" in platform.downloads[1]
    assert len(platform.downloads) == 2
    assert platform.heartbeats[-1]["vitals"]["crash_count"] == 3
    assert pre_install.read_text() == "x\nx\n"
    assert not _has_orphans(root)


def _has_orphans(root: Path) -> bool:
    """Whether any process still works in a release of this device: a hook that outlived its killed client."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            folder, command = (process / "cwd").readlink(), (process / "cmdline").read_bytes()
        except OSError:
            continue
        if folder.is_relative_to(root) and command:
            return True
    return False


def test_a_stopped_client_ends_cleanly_and_counts_no_crash(server, platform, root):
    enrol(server, root)

    with running_client(root) as client:
        wait_until(lambda: len(platform.heartbeats) > 1)
        running = json.loads(ringtree_device("status", "--json", "--root", str(root)).stdout)
        client.terminate()
        assert client.wait(PATIENCE_SECONDS) == 0

    stopped = json.loads(ringtree_device("status", "--json", "--root", str(root)).stdout)
    assert (running["is_client_running"], stopped["is_client_running"]) == (True, False)
    assert stopped["crash_count"] == 0
    assert stopped["last_heartbeat_at"]
    assert json.loads((root / "session.json").read_text())["is_running"] is False


def test_a_second_client_on_the_same_folder_is_refused(server, platform, root):
    enrol(server, root)

    with running_client(root) as client:
        wait_until(lambda: bool(platform.heartbeats))
        second = ringtree_device("run", "--root", str(root))

    assert second.exit_code == 6
    assert f"a client already runs on {root} (process {client.pid})" in second.stderr


def test_enrolment_keeps_the_device_token_for_the_owner_only(server, platform, root):
    result = enrol(server, root, "--ring", "early", "--model", "Kiosk 12", "--site", "Lyon")

    assert result.exit_code == 0, result.stderr
    assert "d-1 is enrolled in ring early" in result.stdout
    assert (root / "device.json").stat().st_mode & 0o777 == 0o600
    assert platform.device_token not in result.output
    assert platform.enrolments[0]["ring"] == "early"
    assert platform.enrolments[0]["is_simulated"] is False
    assert platform.enrolments[0]["details"]["model"] == "Kiosk 12"


def test_the_enrolment_token_may_come_from_a_file(server, platform, root, tmp_path):
    (tmp_path / "token").write_text("enrol-me\n")

    result = ringtree_device(
        "enrol",
        "--url",
        server.url,
        "--device-id",
        "d-1",
        "--root",
        str(root),
        "--token-file",
        str(tmp_path / "token"),
    )

    assert result.exit_code == 0, result.stderr


def test_a_wrong_enrolment_token_is_said_in_one_line(server, root):
    result = enrol(server, root, "--token", "wrong")

    assert result.exit_code == 4
    assert len(result.stderr.splitlines()) == 1
    assert "refuses the token (401): the enrolment token is not valid" in result.stderr
    assert not (root / "device.json").exists()


def test_no_enrolment_token_names_the_two_ways_to_give_one(server, root):
    result = ringtree_device("enrol", "--url", server.url, "--device-id", "d-1", "--root", str(root))

    assert result.exit_code == 2
    assert "set RINGTREE_ENROLMENT_TOKEN or give --token-file" in result.stderr


@pytest.mark.parametrize("url", ["ftp://platform", "platform", "http://platform.example", "https://"])
def test_a_url_that_is_none_or_not_encrypted_is_refused(root, url):
    result = ringtree_device("enrol", "--url", url, "--device-id", "d-1", "--root", str(root), "--token", "t")

    assert result.exit_code == 2
    assert repr(url) in result.stderr


def test_a_folder_of_another_device_is_not_taken_over_unasked(server, root):
    enrol(server, root)

    words = ("enrol", "--url", server.url, "--device-id", "d-2", "--root", str(root), "--token", "enrol-me")
    refused, replaced = ringtree_device(*words), ringtree_device(*words, "--replace")

    assert (refused.exit_code, replaced.exit_code) == (2, 0)
    assert "belongs to device d-1" in refused.stderr


@pytest.mark.parametrize("command", ["run", "status"])
def test_a_device_that_is_not_enrolled_is_told_what_to_do(command, tmp_path):
    result = ringtree_device(command, "--root", str(tmp_path))

    assert result.exit_code == 3
    assert f"run `ringtree-device enrol --root {tmp_path}`" in result.stderr


def test_status_is_readable_without_json(server, root):
    enrol(server, root)

    result = ringtree_device("status", "--root", str(root))

    assert result.exit_code == 0
    assert "running release     -" in result.stdout.splitlines()
