"""The checkout of Ringtree around us, whose instruments ``up`` and ``demo`` run."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ringtree_cli.errors import RingtreeError


class NoCheckoutError(RingtreeError):
    """The command needs the source tree, set up, and is not called inside one."""

    exit_code = 3


def find_checkout(folder: Path) -> Path:
    """The nearest folder at or above that holds Ringtree's source."""
    for candidate in (folder, *folder.parents):
        if (candidate / "lab" / "embedded_aws").is_dir() and (candidate / "cdk_app").is_dir():
            return candidate
    raise NoCheckoutError(f"{folder} is not inside a checkout of Ringtree", "clone it and call the command there")


def run_instrument(checkout: Path, module: str, arguments: Sequence[str], *, to_stderr: bool = False) -> int:
    """Run a module of the checkout with the checkout's own Python; returns its exit code.

    ``to_stderr`` keeps our own stdout free of what it prints, for an answer that programs read. The instrument
    handles Ctrl-C itself, which the terminal sends to it and to us; we wait for its end.
    """
    python = checkout / ".venv" / "bin" / "python"
    if not python.exists():
        raise NoCheckoutError(f"{checkout} is not set up", "run there: make setup")
    child = subprocess.Popen(
        [str(python), "-m", module, *arguments], cwd=checkout, stdout=sys.stderr.fileno() if to_stderr else None
    )
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
