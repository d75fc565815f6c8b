"""Runs a module of the benchmarks in an interpreter that sees what Lambda shows: our code, the layer, the library."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from lab.benchmarks.layers import layer_folders
from lab.embedded_aws.places import REPOSITORY

WITHIN_SECONDS = 300.0


def run_isolated(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Any:
    """Answer the JSON of the last line that ``python -m module arguments`` prints."""
    *_, of_this_machine = layer_folders().values()
    paths = [str(REPOSITORY), str(of_this_machine / "python")]
    code = f"import runpy, sys; sys.path[:0] = {paths!r}; runpy.run_module({module!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=WITHIN_SECONDS,
        check=True,
        env=dict(environment or {}),
    )
    return json.loads(done.stdout.splitlines()[-1])
