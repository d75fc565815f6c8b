"""Random runs: 2,000 seeds hold, and went through everything that can happen."""

import os

import pytest

from tests.simulation.faults import CallKind, Fault, faults_of
from tests.simulation.search import search

SEEDS = 2000
PROCESSES = min(os.cpu_count() or 1, 4)

BRANCHES = {
    "answer rejected",
    "answer replied",
    "answer timed_out",
    "becomes resuming",
    "becomes running",
    "becomes stopped",
    "becomes suspended",
    "begun",
    "carry",
    "claim",
    "evict",
    "expire",
    "handled held",
    "letter held",
    "letter parked",
    "letter refused",
    "progress",
    "replay",
    "parked for ClaimError",
    "parked for ItemTooLargeError",
    "parked for NotATurnError",
    "parked for StepFailedError",
    "parked for UnknownMessageError",
    "report crashed",
    "report duplicates",
    "report expired",
    "report late_answers",
    "report loose",
    "report redone",
    "report rejected",
    "report repeats",
    "retry",
    "timer",
    "upcast",
    "world deleted message again",
    "world double wake-up",
    "world early visibility",
    "world late wake-up",
    "world lose a wake-up",
}
"""What the protocol can come to; every one of them must be among the runs, or they prove little."""

LEAST = 25
"""How often each call must have failed in each way, and each branch been taken."""


@pytest.mark.timeout(900)
def test_two_thousand_seeds_hold_and_go_through_every_branch():
    *_, found = search(0, SEEDS, PROCESSES)

    assert not found.failures, "\n".join(f"{failure.error}\n    {failure.command()}" for failure in found.failures)
    assert found.covered.runs == SEEDS
    wanted = [f"{call}: {fault}" for call in CallKind for fault in (Fault.NONE, *faults_of(call))]
    seldom = {name: found.covered.calls[name] for name in wanted if found.covered.calls[name] < LEAST}
    assert not seldom, f"these calls seldom or never went so: {seldom}"
    untaken = {name: found.covered.branches[name] for name in BRANCHES if found.covered.branches[name] < LEAST}
    assert not untaken, f"these branches were seldom or never taken: {untaken}"
