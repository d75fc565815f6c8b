"""``python -m lab.benchmarks``: what `make bench` runs. Status 0 only if every promise holds."""

import json
import platform
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import FrameType

import psutil
from rich.console import Console
from rich.text import Text
from ringtree_cli.errors import RingtreeError
from ringtree_cli.terminal import open_console

from lab.benchmarks.catalog import BENCHMARKS
from lab.benchmarks.laboratory import laboratory
from lab.benchmarks.layers import LayersError
from lab.benchmarks.options import BenchmarkOptions, read_options
from lab.benchmarks.outcome import Outcome
from lab.benchmarks.rollout import RolloutError
from lab.embedded_aws.errors import EmbeddedAwsError
from lab.embedded_aws.progress import Progress

INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks; the answer is the exit status."""
    options = read_options(arguments, tuple(BENCHMARKS))
    console = open_console()
    signal.signal(signal.SIGTERM, _interrupt)
    outcomes: dict[str, Outcome] = {}
    try:
        _run(options, console, outcomes)
    except (EmbeddedAwsError, LayersError, RingtreeError, RolloutError) as error:
        console.print(f"bench: {error}", style="red", soft_wrap=True)
        return 1
    except subprocess.CalledProcessError as error:
        said = (error.stderr or "nothing").strip().splitlines()[-1]
        console.print(f"bench: {error.cmd[0]} ended with status {error.returncode}: {said}", style="red")
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped; nothing of the benchmarks runs any more.")
        return INTERRUPTED
    finally:
        if options.json_file is not None:
            options.json_file.write_text(json.dumps(_document(outcomes), indent=2) + "\n")
    return 0 if all(outcome.is_kept for outcome in outcomes.values()) else 1


def _run(options: BenchmarkOptions, console: Console, outcomes: dict[str, Outcome]) -> None:
    progress = Progress(console)
    with laboratory(progress, options.fleets, options.port) as lab:
        for name, benchmark in BENCHMARKS.items():
            if not options.only or name in options.only:
                outcomes[name] = benchmark(lab)
                _show(console, outcomes[name])


def _show(console: Console, outcome: Outcome) -> None:
    for table in outcome.tables:
        console.print()
        console.print(table)
    for sentence, holds in outcome.promises.items():
        verdict = Text("ok      ", style="green") if holds else Text("NOT ok  ", style="bold red")
        console.print(Text.assemble(verdict, sentence))
    console.print()


def _document(outcomes: Mapping[str, Outcome]) -> dict[str, object]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{psutil.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}",
        "benchmarks": {
            name: {"figures": outcome.figures, "promises": outcome.promises} for name, outcome in outcomes.items()
        },
    }


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
