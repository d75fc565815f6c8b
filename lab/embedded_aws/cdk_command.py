"""The CDK command line, pointed at the embedded AWS and at nothing else."""

import os
import signal
import subprocess
from collections import deque
from pathlib import Path
from typing import TextIO

from lab.embedded_aws.emulator import SECRET_ACCESS_KEY, EmbeddedAws
from lab.embedded_aws.errors import EmbeddedAwsError
from lab.embedded_aws.places import CDK, REPOSITORY, TOOLS
from lab.embedded_aws.progress import Report

_LINES_TOLD_ON_FAILURE = 30


def run_cdk(aws: EmbeddedAws, *arguments: str, report: Report, folder: Path = REPOSITORY) -> None:
    """Run `cdk` in a folder with a `cdk.json`, reporting its lines as they come and keeping them in the deployment log.

    Raises EmbeddedAwsError with cdk's last lines when it fails. It ends with us: an interrupt ends all of its
    processes.
    """
    _check_installed()
    with aws.state.deployment_log.open("a") as log:
        command = subprocess.Popen(
            [str(CDK), *arguments],
            cwd=folder,
            env=_environment(aws),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        with command:
            try:
                last_lines = _follow(command, log, report)
            except BaseException:
                os.killpg(command.pid, signal.SIGKILL)
                raise
    if command.returncode != 0:
        raise EmbeddedAwsError(
            f"`cdk {' '.join(arguments)}` failed; its log is {aws.state.deployment_log} and ends with:\n"
            + "\n".join(last_lines)
        )


def _follow(command: "subprocess.Popen[str]", log: TextIO, report: Report) -> deque[str]:
    last_lines: deque[str] = deque(maxlen=_LINES_TOLD_ON_FAILURE)
    assert command.stdout is not None  # noqa: S101  a pipe was asked for
    for line in command.stdout:
        log.write(line)
        log.flush()
        if line.strip():
            last_lines.append(line.rstrip())
            report(line.strip())
    return last_lines


def _environment(aws: EmbeddedAws) -> dict[str, str]:
    """Our own surroundings without any of their AWS settings: these must not lead into a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "PATH": f"{TOOLS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_ACCESS_KEY_ID": aws.account,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": aws.region,
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "NO_COLOR": "1",
        "CI": "1",
    }


def _check_installed() -> None:
    if not CDK.exists():
        raise EmbeddedAwsError(f"The CDK command line is not installed: {CDK} is missing. Run: make setup")
    if not (TOOLS / "node").exists():
        raise EmbeddedAwsError(f"Node is missing: {TOOLS / 'node'} does not exist. Run: rm -r .venv && make setup")
