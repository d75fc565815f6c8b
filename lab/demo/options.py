"""What the demo was asked for."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.demo.errors import DemoError
from lab.demo.folders import DemoFolders
from lab.embedded_aws.system import DEFAULT_PORT

DEFAULT_DEVICES = 60
FEWEST_DEVICES = 12
"""Below it the rings are too small to show anything."""
MOST_DEVICES = 5000


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """One run."""

    simulated_devices: int
    ends_itself: bool
    """Whether the demo ends after its stories, or stays up until Ctrl-C."""
    port: int
    folder: Path
    """Everything the demo writes; made anew by every run."""


def read_options(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> DemoOptions:
    """Read the command line; the environment gives the defaults, as `make demo` passes them."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.demo", description="Ringtree, told as a story on this machine."
    )
    parser.add_argument("--exit", action="store_true", help="end after the stories; status 0 if both ended as told")
    parser.add_argument("--devices", help=f"simulated devices (default: DEVICES, else {DEFAULT_DEVICES})")
    parser.add_argument("--port", help=f"port of the embedded AWS (default: PORT, else {DEFAULT_PORT})")
    parser.add_argument("--folder", type=Path, default=DemoFolders().path, help="where it keeps what it writes")
    given = parser.parse_args(arguments)
    devices = given.devices or environment.get("DEVICES") or str(DEFAULT_DEVICES)
    port = given.port or environment.get("PORT") or str(DEFAULT_PORT)
    return DemoOptions(
        simulated_devices=_number(devices, "DEVICES", FEWEST_DEVICES, MOST_DEVICES),
        ends_itself=given.exit,
        port=_number(port, "PORT", 1, 65535),
        folder=given.folder.resolve(),
    )


def _number(text: str, name: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise DemoError(f"{name} is {text!r}; give a number from {least} to {most}, as in {name}={least} make demo")
    return int(text)
