"""Waits, for a bounded time, until agents have applied what they were told."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from lambdas.actors.actor_id import ActorId
from lambdas.api.agent_reading import state_of
from lambdas.wiring.operator_api import OperatorPorts

S = TypeVar("S")

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0


def wait_for_agents(
    ports: OperatorPorts,
    agents: Iterable[ActorId],
    state_type: type[S],
    is_applied: Callable[[S], bool],
    patience: timedelta,
) -> list[ActorId]:
    """Read agents until all have applied it or the patience is over; names those that have not."""
    deadline = ports.clock() + patience
    pending = list(agents)
    pause = FIRST_PAUSE_SECONDS
    while True:
        found = ports.agents.get_many(pending)
        pending = [one for one in pending if one not in found or not is_applied(state_of(found[one], state_type))]
        left = (deadline - ports.clock()).total_seconds()
        if not pending or left <= 0:
            return pending
        ports.wait(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
