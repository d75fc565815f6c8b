"""Runs by seed: one number makes the stories, the schedule and the faults."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from tests.simulation.course import Course, FiredFault
from tests.simulation.limits import lowered_limits
from tests.simulation.schedule import run
from tests.simulation.workload import commands_of
from tests.simulation.world import World

NewWorld = Callable[[Course], World]


@dataclass
class RunOutcome:
    """What a run came to."""

    seed: int
    error: BaseException | None
    world: World
    fired: list[FiredFault]
    commands: int


@dataclass
class Covered:
    """What runs have gone through."""

    runs: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    branches: Counter[str] = field(default_factory=Counter)

    def add(self, world: World) -> None:
        """Count what a run went through."""
        self.runs += 1
        self.calls.update({f"{call}: {fault}": count for (call, fault), count in world.course.calls.items()})
        self.branches.update(world.ledger.branches)
        self.branches.update({f"report {name}": count for name, count in world.ended.items()})
        self.branches.update({f"world {name}": count for name, count in world.course.disturbances.items()})

    def __iadd__(self, other: "Covered") -> "Covered":
        self.runs += other.runs
        self.calls.update(other.calls)
        self.branches.update(other.branches)
        return self


def run_seed(
    seed: int,
    *,
    faults: Collection[int] | None = None,
    commands: Collection[int] | None = None,
    stories: Sequence[str] = (),
    is_traced: bool = False,
    new_world: NewWorld = World,
) -> RunOutcome:
    """Run one seed, with only some of its faults and commands, or only certain stories, when these are given."""
    written = commands_of(seed, stories)
    kept = [command for place, command in enumerate(written) if commands is None or place in commands]
    world = new_world(Course(seed, faults))
    world.is_traced = is_traced
    error: BaseException | None = None
    try:
        with lowered_limits():
            run(world, kept)
    except Exception as caught:  # noqa: BLE001 - whatever is raised is what the run was for
        error = caught
    finally:
        world.close()
    return RunOutcome(seed, error, world, world.course.fired, len(written))
