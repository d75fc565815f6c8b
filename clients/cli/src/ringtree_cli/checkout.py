"""The checkout of Ringtree around us, whose instruments ``up`` and ``demo`` run."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ringtree_cli.errors import RingtreeError


class NoCheckoutError(RingtreeError):
    """The command needs the source tree and is not called inside one."""

    exit_code = 3


def find_checkout(folder: Path) -> Path:
    """The nearest folder at or above that holds Ringtree's source."""
    for candidate in (folder, *folder.parents):
        if (candidate / "lab" / "embedded_aws").is_dir() and (candidate / "cdk_app").is_dir():
            return candidate
    raise NoCheckoutError(f"{folder} is not inside a checkout of Ringtree", "clone it and call the command there")


def run_instrument(checkout: Path, module: str, arguments: Sequence[str]) -> int:
    """Run a module of the checkout with the checkout's own Python; returns its exit code.

    The instrument handles Ctrl-C itself, which the terminal sends to it and to us; we wait for its end.
    """
    own_python = checkout / ".venv" / "bin" / "python"
    python = str(own_python) if own_python.exists() else sys.executable
    child = subprocess.Popen([python, "-m", module, *arguments], cwd=checkout, env=os.environ)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
