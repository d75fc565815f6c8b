"""Searches seeds for a run that breaks an invariant, or runs one again and shows it: python -m tests.simulation."""

import argparse
import sys
import time
import traceback

from tests.simulation.search import search
from tests.simulation.seeds import run_seed

SECONDS_BETWEEN_LINES = 5.0


def say(text: str) -> None:
    """Write a line and show it at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Read the command line; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many seeds to run")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--processes", type=int, default=2, help="how many processes run them")
    parser.add_argument("--seed", type=int, help="run this one alone and show all it does")
    parser.add_argument("--faults", type=_numbers, help="with --seed: only these of its faults, by number, or none")
    parser.add_argument("--commands", type=_numbers, help="with --seed: only these of its commands, or none")
    chosen = parser.parse_args()
    if chosen.seed is None:
        return _search(chosen.first, chosen.seeds, chosen.processes)
    return _show(chosen.seed, chosen.faults, chosen.commands)


def _search(first: int, count: int, processes: int) -> int:
    began = said = time.monotonic()
    for found in search(first, count, processes):
        if found.failures or time.monotonic() - said > SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            say(f"{found.covered.runs} of {count} seeds, {len(found.failures)} failed, {said - began:.0f} s")
    say(f"{found.covered.runs} seeds in {time.monotonic() - began:.0f} s, {sum(found.covered.calls.values())} calls")
    for failure in found.failures:
        say(f"\n{failure.error}\n    {failure.command()}")
    return 1 if found.failures else 0


def _show(seed: int, faults: list[int] | None, commands: list[int] | None) -> int:
    outcome = run_seed(seed, faults=faults, commands=commands, is_traced=True)
    say("\n".join(outcome.world.trace))
    say(f"faults: {', '.join(map(str, outcome.fired)) or 'none'}")
    if outcome.error is None:
        say(f"seed {seed} holds")
        return 0
    traceback.print_exception(outcome.error, limit=-3, file=sys.stdout)
    return 1


def _numbers(text: str) -> list[int]:
    return [] if text == "none" else [int(number) for number in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
