"""Random schedules: who runs next, and what goes wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lambdas.actors.actor_id import ActorId
from tests.unit.actors.simulation import RUNNERS, Fault, Invocation, World

Choose = Callable[[int], int]
"""Choose one of n possibilities."""

WORDS = tuple((runner, f"{runner.key}-{number}") for number in range(3) for runner in RUNNERS)


@dataclass
class Budget:
    """How much may still go wrong."""

    faults: int
    zombies: int


def run_schedule(world: World, choose: Choose, moves: int = 40, faults: int = 2, zombies: int = 2) -> None:
    """Make so many moves, check after each that nothing went wrong that cannot be undone, then let all drain."""
    budget = Budget(faults, zombies)
    words = list(WORDS)
    for _ in range(moves):
        possible = _moves(world, choose, budget, words)
        if not possible:
            break
        possible[choose(len(possible))]()
        world.check_safety()
    for runner, word in words:
        world.tell(runner, word)
    world.drain()
    world.check_all_arrived()


def _moves(
    world: World, choose: Choose, budget: Budget, words: list[tuple[ActorId, str]]
) -> list[Callable[[], object]]:
    moves: list[Callable[[], object]] = []
    if words:
        moves.append(lambda: world.tell(*words.pop(0)))
    visible = [kind for kind in ("runner", "collector") if world.mailboxes.has_visible(kind)]
    moves.extend(partial(_invoke, world, kind, choose) for kind in visible)
    for invocation in world.invocations:
        moves.append(invocation.step)
        if budget.faults:
            moves.append(partial(_suffer, invocation, choose, budget))
        if budget.zombies and invocation.delivery.receipt in world.mailboxes.in_flight():
            moves.append(partial(_freeze, world, invocation, budget))
    orphans = world.mailboxes.in_flight() - {invocation.delivery.receipt for invocation in world.invocations}
    moves.extend(partial(world.mailboxes.expire, receipt) for receipt in sorted(orphans))
    return moves


def _invoke(world: World, kind: str, choose: Choose) -> None:
    world.invoke(kind, 1 + choose(3))


def _suffer(invocation: Invocation, choose: Choose, budget: Budget) -> None:
    budget.faults -= 1
    faults = [fault for fault in Fault if fault is not Fault.NONE]
    invocation.step(faults[choose(len(faults))])


def _freeze(world: World, invocation: Invocation, budget: Budget) -> None:
    """Let the visibility timeout pass while the invocation lives; it may go on at any later move."""
    budget.zombies -= 1
    world.expire(invocation.delivery)
