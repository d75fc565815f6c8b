"""This machine as a real device: the client that devices run, in its own process, with a folder of its own."""

import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ringtree_device.install_log import InstallLog

from lab.demo.checks import DeviceDisk
from lab.demo.errors import DemoError
from lab.demo.processes import Processes, StagedProcess
from lab.embedded_aws.connection import EmbeddedConnection

DEVICE_ID = "this-machine"
ENROLS_WITHIN_SECONDS = 60.0
NOTHING = "nothing"
"""Stands for the release of a device that runs none."""


def enrol_this_machine(connection: EmbeddedConnection, ring: str, root: Path) -> None:
    """Join the fleet through the same command, and the same API, as every device."""
    command = [*_client("enrol"), "--url", connection.device_url, "--device-id", DEVICE_ID, "--ring", ring]
    command += ["--name", platform.node() or DEVICE_ID, "--site", "here", "--root", str(root)]
    environment = {"RINGTREE_ENROLMENT_TOKEN": connection.enrolment_token}
    try:
        enrolled = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=ENROLS_WITHIN_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DemoError(f"this machine was not enrolled within {ENROLS_WITHIN_SECONDS:.0f} s") from error
    if enrolled.returncode != 0:
        raise DemoError(f"this machine could not be enrolled: {enrolled.stderr.strip()}")


def start_this_machine(processes: Processes, root: Path) -> StagedProcess:
    """Begin its life as a device."""
    return processes.start("this-machine", [*_client("run"), "--verbose", "--root", str(root)])


def read_disk(root: Path) -> DeviceDisk:
    """Look at what is installed."""
    link, version_file = root / "current", root / "current" / "VERSION"
    return DeviceDisk(
        current=str(link.readlink()) if link.is_symlink() else None,
        version_file=version_file.read_text().strip() if version_file.is_file() else None,
    )


def read_installs(root: Path) -> Sequence[str]:
    """Every release it has switched to, in order."""
    return [line["target"] or NOTHING for line in InstallLog(root).lines()]


def _client(command: str) -> list[str]:
    return [sys.executable, "-m", "ringtree_device", command]
