"""A barrier: the gateways of a plant restart together, when the last of them is ready."""

from dataclasses import dataclass, replace
from datetime import datetime

from lambdas.actors.behavior import Behavior
from lambdas.actors.coordination.barrier import Barrier
from lambdas.actors.in_memory.stage import Stage
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec


@dataclass(frozen=True, slots=True)
class ReadyToRestart:
    """A gateway asks to restart; answered with the number of the round when all have asked."""

    gateway: str


@dataclass(frozen=True, slots=True)
class Plant:
    """A plant with three gateways."""

    name: str
    restart: Barrier = Barrier("restart", parties=3)


def on_ready_to_restart(plant: Plant, ready: ReadyToRestart, _now: datetime) -> Turn[Plant]:
    """Let them go together."""
    barrier, effects = plant.restart.arrive(ready.gateway)
    return Turn(replace(plant, restart=barrier), effects)


PLANT = AgentSpec(Behavior("plant", Plant, Plant, {ReadyToRestart: on_ready_to_restart}))


def play() -> list[list[int | None]]:
    """Three gateways come one after another; after each it is shown who may go."""
    stage = Stage(PLANT)
    promises: list[str] = []
    shown: list[list[int | None]] = []
    for gateway in ("g-1", "g-2", "g-3"):
        promises.append(stage.ask("plant/north", ReadyToRestart(gateway)))
        shown.append([stage.reply(promise) if stage.answer(promise) else None for promise in promises])
    return shown
