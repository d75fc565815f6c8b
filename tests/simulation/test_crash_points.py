"""Every fault at every call: one at a time for each story, two at a time for a short one, and zombies everywhere."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations, product

import pytest

from tests.simulation.author import Author
from tests.simulation.course import FixedCourse
from tests.simulation.faults import FAULTS, CallKind, Fault, faults_of
from tests.simulation.limits import lowered_limits
from tests.simulation.messages import Do, Op, Step
from tests.simulation.schedule import check_at_the_end, drain, run
from tests.simulation.workload import STORIES, Command
from tests.simulation.world import World

TELLINGS: dict[str, tuple[int, ...]] = {
    "chain": (11,),
    "fan_in": (5,),
    "questions": (10,),
    "promises": (2,),
    "reminders": (5,),
    "poison": (0, 1, 3, 4),
    "expiring": (0,),
    "requests": (10,),
    "large": (8,),
    "ways_out": (5,),
    "operators": (3,),
    "supervision": (5,),
    "garbage": (6,),
}
"""Stories as some seeds tell them, each short and together with every call there is."""

Told = pytest.mark.parametrize(
    ("story", "seed"), [(story, seed) for story, seeds in TELLINGS.items() for seed in seeds]
)


def story_of(story: str, seed: int) -> list[Command]:
    return [Command(story, do) for do in STORIES[story](Author(seed))]


def short_commands() -> list[Command]:
    """A tells B something and publishes; B has itself reminded."""
    steps = (Step(Op.TELL, "parks/b", (Step(Op.REMIND, seconds=40, name="x"),)), Step(Op.PUBLISH))
    return [Command("short", lambda world: world.tell("parks/a", Do("c1", steps)))]


def calls_of(commands: Callable[[], Sequence[Command]]) -> list[CallKind]:
    """Run without a fault; answers the calls that are made, in order."""
    return run_with(commands(), {}).made


def run_with(commands: Sequence[Command], faults: dict[int, Fault]) -> FixedCourse:
    """Run with faults at some calls, and check everything."""
    course = FixedCourse(faults)
    with lowered_limits():
        run(World(course), commands, moves=0)
    return course


@Told
def test_nothing_is_lost_or_doubled_whatever_goes_wrong_at_any_call(story: str, seed: int):
    for place, call in enumerate(calls_of(partial(story_of, story, seed))):
        for fault in faults_of(call):
            course = run_with(story_of(story, seed), {place: fault})
            assert [(fired.call, fired.fault) for fired in course.fired] == [(call, fault)]


@Told
def test_a_zombie_changes_nothing_before_whichever_call_it_froze(story: str, seed: int):
    for place in range(len(calls_of(partial(story_of, story, seed)))):
        course = FixedCourse(frozen_at=place)
        world = World(course)
        with lowered_limits():
            drain(world, story_of(story, seed), wakes_zombies=False)
            frozen = len(world.invocations)
            drain(world, [])
            check_at_the_end(world)
        world.close()
        assert frozen == 1


def test_nothing_is_lost_or_doubled_when_two_calls_go_wrong():
    calls = calls_of(short_commands)
    fired = 0
    for first, second in combinations(range(len(calls) + 2), 2):
        for faults in product(FAULTS, FAULTS):
            course = run_with(short_commands(), {first: faults[0], second: faults[1]})
            fired = max(fired, len(course.fired))

    assert len(calls) > 10
    assert fired == 2


def test_the_stories_make_every_kind_of_call():
    told = [partial(story_of, story, seed) for story, seeds in TELLINGS.items() for seed in seeds]
    made = {call for commands in told for call in calls_of(commands)}

    assert made == set(CallKind)
