"""Benchmark: what a function's module takes to import, against a bare boto3 and one client.

Each import is a fresh interpreter that sees what Lambda shows it: our code, the dependencies layer, the standard
library. Processor time is taken, and functions take turns, so that a busy machine disturbs all alike.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from rich.table import Table

from lab.benchmarks.laboratory import Laboratory
from lab.benchmarks.layers import layer_folders
from lab.benchmarks.outcome import Outcome
from lab.benchmarks.ratios import median_ratio
from lab.embedded_aws.places import REPOSITORY

ROUNDS = 5
ROUNDS_WITHOUT_BYTECODE = 3
IMPORT_WITHIN_SECONDS = 60.0
TOLERATED_RATIO = 2.5
BARE = "import boto3 and one client"
BARE_STATEMENT = "import boto3; boto3.client('dynamodb', region_name='us-east-1')"
TIMED = "import time; began = time.process_time(); {statement}; print(time.process_time() - began)"
ENTRYPOINTS = REPOSITORY / "lambdas" / "entrypoints"


def measure(lab: Laboratory) -> Outcome:
    """Import everything several times, once with bytecode at hand and once without, as on a first start in Lambda."""
    *_, of_this_machine = layer_folders().values()
    layer = of_this_machine / "python"
    statements = {BARE: BARE_STATEMENT, **{name: f"import {name}" for name in entrypoint_modules(ENTRYPOINTS)}}
    with tempfile.TemporaryDirectory() as bytecode, lab.progress.phase("Importing every function") as report:
        seconds: dict[str, list[float]] = {name: [] for name in statements}
        compiled: dict[str, list[float]] = {name: [] for name in statements}
        for number in range(ROUNDS + 1):
            report(f"round {number + 1} of {ROUNDS + 1}")
            for name, statement in statements.items():
                taken = _import_seconds(statement, layer, Path(bytecode))
                if number:  # the first round has written the bytecode
                    seconds[name].append(taken)
        for _ in range(ROUNDS_WITHOUT_BYTECODE):
            for name, statement in statements.items():
                compiled[name].append(_import_seconds(statement, layer, None))
    ratios = {name: median_ratio(taken, seconds[BARE]) for name, taken in seconds.items()}
    slowest = max(ratios.values())
    return Outcome(
        tables=(_table(seconds, compiled, ratios),),
        figures={
            name: {
                "ratio": ratios[name],
                "milliseconds": _milliseconds(seconds[name]),
                "milliseconds_without_bytecode": _milliseconds(compiled[name]),
            }
            for name in statements
        },
        promises={f"no function takes more than {TOLERATED_RATIO} times the bare client": slowest <= TOLERATED_RATIO},
    )


def entrypoint_modules(folder: Path) -> list[str]:
    """Modules with a handler: one per function, and one for all kinds of agents."""
    files = [*sorted(folder.glob("*.py")), *sorted((folder / "steps").glob("*.py"))]
    return [
        ".".join(file.relative_to(folder.parents[1]).with_suffix("").parts)
        for file in files
        if file.name != "__init__.py"
    ]


def _import_seconds(statement: str, layer: Path, bytecode: Path | None) -> float:
    flags = ["-X", f"pycache_prefix={bytecode}"] if bytecode else ["-B", "-X", f"pycache_prefix={os.devnull}"]
    paths = f"import sys; sys.path[:0] = [{str(REPOSITORY)!r}, {str(layer)!r}]; "
    done = subprocess.run(
        [sys.executable, "-I", "-S", *flags, "-c", paths + TIMED.format(statement=statement)],
        capture_output=True,
        text=True,
        timeout=IMPORT_WITHIN_SECONDS,
        check=True,
        env={"POWERTOOLS_SERVICE_NAME": "import_times", "AWS_EC2_METADATA_DISABLED": "true"},
    )
    return float(done.stdout)


def _milliseconds(seconds: list[float]) -> float:
    return round(median(seconds) * 1000, 1)


def _table(
    seconds: Mapping[str, list[float]], compiled: Mapping[str, list[float]], ratios: Mapping[str, float]
) -> Table:
    table = Table(title="Import of each function's module, median processor time", title_justify="left")
    table.add_column("import")
    for heading in ("ratio", "ms", "ms without bytecode"):
        table.add_column(heading, justify="right")
    for name, taken in seconds.items():
        cells = (f"{ratios[name]:.2f}", f"{_milliseconds(taken):.0f}", f"{_milliseconds(compiled[name]):.0f}")
        table.add_row(name.removeprefix("lambdas.entrypoints."), *cells, end_section=name == BARE)
    return table
