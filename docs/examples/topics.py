"""Publish and subscribe: a pump announces that it overflows; whoever watches plants hears of it without being known."""

from dataclasses import dataclass, replace
from datetime import datetime

from lambdas.actors.behavior import Behavior
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.actors.coordination.topics import announce
from lambdas.actors.in_memory.stage import Stage
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec


@dataclass(frozen=True, slots=True)
class Measured:
    """A pump has measured its flow."""

    litres_per_minute: float


@dataclass(frozen=True, slots=True)
class Overflowed:
    """Announced under ``plant/<pump>/overflow``."""

    pump: str


@dataclass(frozen=True, slots=True)
class Pump:
    """A pump and its last flow."""

    name: str
    flow: float = 0.0


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches a plant, and what was seen."""

    plant: str
    overflows: tuple[str, ...] = ()


def on_measured(pump: Pump, measured: Measured, _now: datetime) -> Turn[Pump]:
    """Announce too much flow."""
    seen = replace(pump, flow=measured.litres_per_minute)
    if seen.flow <= 100:
        return Turn(seen)
    return Turn(seen, (announce(f"plant/{pump.name}/overflow", Overflowed(pump.name)),))


def on_overflowed(watch: Watch, overflowed: Overflowed, _now: datetime) -> Turn[Watch]:
    """Note the pump."""
    return Turn(replace(watch, overflows=(*watch.overflows, overflowed.pump)))


PUMP = AgentSpec(Behavior("pump", Pump, Pump, {Measured: on_measured}), publishes=True)
WATCH = AgentSpec(
    Behavior("watch", Watch, Watch, {Overflowed: on_overflowed}),
    subscribes_to=(Subscription("plant/*/overflow", key="all"),),
)


def play() -> Watch:
    """Two pumps measure; one overflows."""
    stage = Stage(PUMP, WATCH)
    stage.tell("pump/p-1", Measured(80))
    stage.tell("pump/p-2", Measured(120))
    watch: Watch = stage.state("watch/all")
    return watch
