"""Runs many seeds, in several processes at once, and adds up what they went through."""

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.simulation.seeds import Covered, run_seed
from tests.simulation.shrinking import Failure, shrunk

CHUNK = 25
"""Seeds that a process takes at a time."""

FAILURES_SHOWN = 3


@dataclass
class Found:
    """What a search came to. It ends after a few failures."""

    covered: Covered = field(default_factory=Covered)
    failures: list[Failure] = field(default_factory=list)


def search(first: int, count: int, processes: int) -> Iterator[Found]:
    """Run seeds; yields what was found so far after each chunk."""
    chunks = [(start, min(CHUNK, first + count - start)) for start in range(first, first + count, CHUNK)]
    found = Found()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for part in pool.imap_unordered(_run_chunk, chunks):
            found.covered += part.covered
            found.failures += part.failures
            yield found
            if len(found.failures) >= FAILURES_SHOWN:
                return


def _run_chunk(chunk: tuple[int, int]) -> Found:
    first, count = chunk
    found = Found()
    for seed in range(first, first + count):
        outcome = run_seed(seed)
        found.covered.add(outcome.world)
        if outcome.error is not None:
            found.failures.append(shrunk(outcome))
            break
    return found
