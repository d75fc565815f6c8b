"""Benchmark: a deployment to larger and larger fleets, its time and its calls per device."""

from rich.table import Table

from lab.benchmarks.laboratory import Laboratory
from lab.benchmarks.outcome import Outcome
from lab.benchmarks.ratios import growth, ratio
from lab.benchmarks.rollout import POLICY, Rollout

TOLERATED_GROWTH = 0.1
"""Calls per device may grow by this share of those of the smallest fleet."""


def measure(lab: Laboratory) -> Outcome:
    """Deploy to each fleet under one plan."""
    rollouts = lab.rollouts
    calls = [rollout.calls_per_device for rollout in rollouts]
    grown = growth(calls[0], calls[1:])
    return Outcome(
        tables=(_table(rollouts),),
        figures={
            "fleets": [
                {
                    "devices": one.devices,
                    "seconds": one.seconds,
                    "calls_per_device": one.calls_per_device,
                    "heartbeats_per_device": one.calls.number_of_heartbeats / one.devices,
                    "turns_per_device": one.turns_per_device,
                    "turns_of_a_run": one.turns_of_a_run,
                }
                for one in rollouts
            ],
            "growth_of_calls_per_device": grown,
        },
        promises={f"calls per device do not grow by more than {TOLERATED_GROWTH:.0%}": grown <= TOLERATED_GROWTH},
    )


def _table(rollouts: tuple[Rollout, ...]) -> Table:
    title = f"One ring, batches of {POLICY.batch_size}, up to {POLICY.max_open_batches} open at one time"
    table = Table(title=title, title_justify="left")
    headings = ("devices", "wall time", "ratio", "calls per device", "ratio", "turns per device", "turns of a run")
    for heading in (*headings, "heartbeats"):
        table.add_column(heading, justify="right")
    first = rollouts[0]
    for one in rollouts:
        table.add_row(
            f"{one.devices}",
            f"{one.seconds:.0f} s",
            f"{ratio(one.seconds, first.seconds):.2f}",
            f"{one.calls_per_device:.1f}",
            f"{ratio(one.calls_per_device, first.calls_per_device):.2f}",
            f"{one.turns_per_device:.1f}",
            f"{one.turns_of_a_run:.2f}",
            f"{one.calls.number_of_heartbeats:,}",
        )
    return table
