"""What the benchmarks were asked for."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_FLEETS = (50, 200, 800)


@dataclass(frozen=True, slots=True)
class BenchmarkOptions:
    """One run."""

    only: tuple[str, ...]
    """Names of benchmarks; none means all."""
    fleets: tuple[int, ...]
    """Numbers of simulated devices, growing."""
    json_file: Path | None
    port: int | None
    """Of the embedded AWS; none takes a free one."""


def read_options(arguments: Sequence[str], names: Sequence[str]) -> BenchmarkOptions:
    """Read the command line; ends the program with a message when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m lab.benchmarks", description="Measure Ringtree on this machine.")
    parser.add_argument("--only", action="append", choices=names, default=[], help="run this one; may be given again")
    parser.add_argument("--devices", type=fleets_of, default=DEFAULT_FLEETS, help="fleets, as in 50,200,800")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("--port", type=int, help="port of the embedded AWS (default: a free one)")
    given = parser.parse_args(arguments)
    return BenchmarkOptions(tuple(given.only), given.devices, given.json, given.port)


def fleets_of(text: str) -> tuple[int, ...]:
    """Read fleet sizes; raises ArgumentTypeError naming what is wrong."""
    parts = text.split(",")
    if not all(part.strip().isdecimal() and 1 <= int(part) <= 9999 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers from 1 to 9999, as in 50,200,800")
    sizes = tuple(int(part) for part in parts)
    if list(sizes) != sorted(set(sizes)):
        raise argparse.ArgumentTypeError(f"{text!r} does not grow; fleets grow from one to the next, as in 50,200,800")
    return sizes
