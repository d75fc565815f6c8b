"""Benchmark: how large is what Lambda loads."""

from pathlib import Path

from rich.table import Table

from lab.benchmarks.laboratory import Laboratory
from lab.benchmarks.layers import layer_folders
from lab.benchmarks.outcome import Outcome
from lab.embedded_aws.places import REPOSITORY

MEGABYTE = 1_000_000
CODE_LIMIT_BYTES = 1 * MEGABYTE
LAYER_LIMIT_BYTES = 40 * MEGABYTE


def measure(lab: Laboratory) -> Outcome:
    """Weigh the code and the layer of each platform, building layers that are not built yet."""
    with lab.progress.phase("Weighing code and layers"):
        code = bytes_of_code(REPOSITORY / "lambdas")
        layers = {platform: bytes_of_folder(folder) for platform, folder in layer_folders().items()}
    return Outcome(
        tables=(_table(code, layers),),
        figures={"code_bytes": code, "layer_bytes": layers},
        promises={
            "the code is smaller than 1 MB": code < CODE_LIMIT_BYTES,
            "each layer is smaller than 40 MB unpacked": max(layers.values()) < LAYER_LIMIT_BYTES,
        },
    )


def bytes_of_code(folder: Path) -> int:
    """Bytes of the code asset: all files of the folder but bytecode, as packaging leaves it out."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


def bytes_of_folder(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _table(code: int, layers: dict[str, int]) -> Table:
    table = Table(title="Sizes, unpacked", title_justify="left")
    table.add_column("what")
    for heading in ("MB", "limit", "share of it"):
        table.add_column(heading, justify="right")
    rows = [("code asset", code, CODE_LIMIT_BYTES)]
    rows += [(f"layer for {platform}", size, LAYER_LIMIT_BYTES) for platform, size in layers.items()]
    for what, size, limit in rows:
        table.add_row(what, f"{size / MEGABYTE:.2f}", f"{limit / MEGABYTE:.0f}", f"{size / limit:.0%}")
    return table
