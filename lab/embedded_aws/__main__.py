"""`python -m lab.embedded_aws up|down|status`: what `make up` and `make down` run."""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from rich.console import Console

from lab.embedded_aws.connection import EmbeddedConnection
from lab.embedded_aws.emulator import EmbeddedAws
from lab.embedded_aws.errors import EmbeddedAwsError
from lab.embedded_aws.places import StateFolder
from lab.embedded_aws.progress import Progress
from lab.embedded_aws.system import DEFAULT_FOLDER, DEFAULT_PORT, down, up

_INTERRUPTED = 130


def main() -> int:
    """Run one command; the answer is the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lab.embedded_aws", description=__doc__)
    parser.add_argument("command", choices=_COMMANDS)
    parser.add_argument("--state", type=Path, default=DEFAULT_FOLDER, help="folder the system keeps its state in")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _COMMANDS[arguments.command](Progress(Console()), arguments.state.resolve())
    except EmbeddedAwsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; what was started here is stopped.", file=sys.stderr)
        return _INTERRUPTED


def port_from_environment() -> int:
    """Read PORT; a value that is no port is named."""
    value = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise EmbeddedAwsError(
            f"PORT is {value!r}, which is no port: give a number from 1 to 65535, as in PORT=4577 make up"
        )
    return int(value)


def _up(progress: Progress, folder: Path) -> int:
    system = up(progress, folder, port_from_environment())
    _tell(progress, system.connection, folder)
    return 0


def _down(progress: Progress, folder: Path) -> int:
    progress.say("Stopped; its state is kept." if down(progress, folder) else "Nothing runs.")
    return 0


def _status(progress: Progress, folder: Path) -> int:
    aws = EmbeddedAws.find(folder)
    connection = EmbeddedConnection.read(StateFolder(folder).connection)
    if aws is None or connection is None:
        progress.say("Nothing runs. Start it: make up")
        return 1
    if not aws.answers():
        progress.say(f"The emulator (pid {aws.process.pid}) does not answer on port {aws.port}. Start it anew: make up")
        return 1
    _tell(progress, connection, folder)
    return 0


def _tell(progress: Progress, connection: EmbeddedConnection, folder: Path) -> None:
    progress.say(f"Operators   {connection.operator_url}/v1/devices")
    progress.say(f"Devices     {connection.device_url}/device/v1/heartbeats")
    progress.say(f"AWS         {connection.aws_endpoint_url}  (region {connection.region}, pid {connection.pid})")
    progress.say(f"Tokens      {StateFolder(folder).connection}")
    progress.say("Stop it: make down")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


_COMMANDS: dict[str, Callable[[Progress, Path], int]] = {"up": _up, "down": _down, "status": _status}

if __name__ == "__main__":
    sys.exit(main())
