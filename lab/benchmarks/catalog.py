"""All benchmarks, in the order they are run: the fleet comes last, for it is loud."""

from collections.abc import Callable, Mapping

from lab.benchmarks import (
    asset_sizes,
    calls_per_turn,
    calls_per_update,
    fleet_growth,
    import_times,
    powertools_comparison,
    throughput,
)
from lab.benchmarks.laboratory import Laboratory
from lab.benchmarks.outcome import Outcome

Benchmark = Callable[[Laboratory], Outcome]

BENCHMARKS: Mapping[str, Benchmark] = {
    "asset_sizes": asset_sizes.measure,
    "import_times": import_times.measure,
    "powertools_comparison": powertools_comparison.measure,
    "calls_per_turn": calls_per_turn.measure,
    "throughput": throughput.measure,
    "fleet_growth": fleet_growth.measure,
    "calls_per_update": calls_per_update.measure,
}
