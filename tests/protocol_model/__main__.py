"""Searches everything, the larger sizes too if asked to, and prints the tables of docs/turn-protocol.md.

python -m tests.protocol_model [--larger] [--traces]
"""

import argparse
from collections.abc import Iterator
from multiprocessing import Pool

from tests.protocol_model.catalog import PARTS, of_mutant, of_protocol
from tests.protocol_model.search import Finding

PROCESSES = 2

Job = tuple[str, int, str]
"""(sizes | larger | mutants, place of the part, name of the size or mutant)."""


def jobs(*, with_larger: bool) -> Iterator[Job]:
    """Everything there is to search, in the order of the tables."""
    for place, part in enumerate(PARTS):
        yield from (("sizes", place, name) for name in part.sizes)
        yield from (("larger", place, name) for name in part.larger if with_larger)
    for place, part in enumerate(PARTS):
        yield from (("mutants", place, mutant.name) for mutant in part.mutants)


def run(job: Job) -> tuple[Job, Finding]:
    """Do one search."""
    what, place, name = job
    part = PARTS[place]
    if what == "mutants":
        return job, of_mutant(next(mutant for mutant in part.mutants if mutant.name == name))
    return job, of_protocol(part.sizes[name] if what == "sizes" else part.larger[name])


def row(job: Job, finding: Finding) -> str:
    """One line of a table."""
    what, place, name = job
    outcome = finding.violation.kind if finding.violation else "none"
    steps = f" {len(finding.trace)} |" if what == "mutants" else ""
    return f"| {PARTS[place].name} | {name} | {outcome} |{steps} {finding.states:,} | {finding.seconds:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--larger", action="store_true", help="search the larger sizes too: about ten minutes")
    parser.add_argument("--traces", action="store_true", help="print how each mutant comes to its violation")
    wanted = parser.parse_args()

    with Pool(PROCESSES) as pool:
        for job, finding in pool.imap(run, list(jobs(with_larger=wanted.larger))):
            print(row(job, finding), flush=True)  # noqa: T201
            if wanted.traces and finding.violation:
                print(finding, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
