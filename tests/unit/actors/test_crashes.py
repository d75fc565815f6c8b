"""Every fault at every call of an invocation, alone and in pairs, and zombies that wake up at every call."""

import itertools
from collections.abc import Callable

import pytest

from tests.unit.actors.simulation import RUNNERS, Fault, Invocation, World

R1, R2 = RUNNERS
FAULTS = [fault for fault in Fault if fault is not Fault.NONE]
CALLS = range(4)
"""Load, commit, send, acknowledge."""


def world_with_words() -> World:
    world = World()
    for word in ("a", "b", "c"):
        world.tell(R1, word)
    world.tell(R2, "d")
    return world


def run_until(invocation: Invocation, call: int) -> bool:
    """Make the calls before the given one; false when the invocation has ended before."""
    for _ in range(call):
        if invocation not in invocation.world.invocations:
            return False
        invocation.step()
    return invocation in invocation.world.invocations


def suffer(world: World, kind: str, limit: int, call: int, fault: Fault) -> None:
    """Run an invocation in which one call goes wrong, and let its messages become visible again."""
    invocation = world.invoke(kind, limit)
    if invocation is None:
        return
    if run_until(invocation, call):
        invocation.step(fault)
        world.finish(invocation)
    world.expire(invocation.delivery)
    world.check_safety()


def test_a_batch_makes_one_load_one_commit_one_send_and_one_acknowledgement():
    world = world_with_words()
    invocation = world.start("runner")

    calls = []
    while invocation in world.invocations:
        calls.append(invocation.next_call.name)
        invocation.step()

    assert calls == ["load", "commit", "send", "acknowledge"]


@pytest.mark.parametrize("kind", ["runner", "collector"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_lost_or_repeated_when_one_call_goes_wrong(call: int, fault: Fault, kind: str):
    world = world_with_words()
    if kind == "collector":
        world.finish(world.start("runner"))

    suffer(world, kind, 10, call, fault)

    world.drain()
    world.check_all_arrived()


@pytest.mark.parametrize("second", FAULTS)
@pytest.mark.parametrize("first", FAULTS)
def test_nothing_is_lost_or_repeated_when_the_redelivery_goes_wrong_too(first: Fault, second: Fault):
    for first_call, second_call, limits in itertools.product(CALLS, CALLS, [(1, 10), (3, 2)]):
        world = world_with_words()

        suffer(world, "runner", limits[0], first_call, first)
        suffer(world, "runner", limits[1], second_call, second)

        world.drain()
        world.check_all_arrived()


def wakes_after(runs: Callable[[World], None], frozen_at: int, limit: int) -> World:
    """Freeze an invocation before a call, let its messages come again and others run, then let it go on."""
    world = world_with_words()
    zombie = world.start("runner", limit)
    run_until(zombie, frozen_at)
    world.expire(zombie.delivery)
    runs(world)
    world.finish(zombie)
    world.check_safety()
    return world


def run_runners(world: World) -> None:
    while invocation := world.invoke("runner", 2):
        world.finish(invocation)


def run_all(world: World) -> None:
    run_runners(world)
    while invocation := world.invoke("collector", 10):
        world.finish(invocation)


@pytest.mark.parametrize("limit", [1, 2, 10])
@pytest.mark.parametrize("runs", [run_runners, run_all])
@pytest.mark.parametrize("frozen_at", CALLS)
def test_a_zombie_that_wakes_up_late_changes_nothing(frozen_at: int, runs: Callable[[World], None], limit: int):
    world = wakes_after(runs, frozen_at, limit)

    world.drain()
    world.check_all_arrived()


def test_a_zombie_that_sends_long_after_its_successors_is_recognised_by_the_mark_of_its_sender():
    world = wakes_after(run_all, frozen_at=2, limit=10)
    repeats_waiting = len(world.mailboxes.waiting("collector"))

    invocation = world.start("collector")
    world.finish(invocation)

    assert repeats_waiting > 0
    assert invocation.report.turns.repeats == repeats_waiting
    world.check_all_arrived()


def test_two_invocations_that_race_for_one_agent_commit_each_version_once():
    for cut in itertools.product(CALLS, CALLS):
        world = world_with_words()
        first = world.invoke("runner", 10)
        run_until(first, cut[0])
        world.expire(first.delivery)
        second = world.invoke("runner", 10)
        if second is not None:
            run_until(second, cut[1])
            world.finish(first)
            world.finish(second)

        world.drain()
        world.check_all_arrived()
