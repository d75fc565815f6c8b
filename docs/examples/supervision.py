"""Supervision: a sensor and the filter that depends on it begin anew together when the sensor cannot go on."""

from dataclasses import dataclass, replace
from datetime import datetime

from lambdas.actors.behavior import Behavior
from lambdas.actors.failures import FailurePolicy
from lambdas.actors.in_memory.stage import Stage
from lambdas.actors.lanes import Lane
from lambdas.actors.supervision.behavior import supervisor_behavior
from lambdas.actors.supervision.messages import ChildSpec, StartSupervisor
from lambdas.actors.supervision.strategies import Strategy
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec


@dataclass(frozen=True, slots=True)
class Sampled:
    """A value was measured."""

    value: float


@dataclass(frozen=True, slots=True)
class Probe:
    """Values that were taken since this life began."""

    name: str
    values: tuple[float, ...] = ()


def on_sampled(probe: Probe, sampled: Sampled, _now: datetime) -> Turn[Probe]:
    """Take a value; one that cannot be is a fault of the probe."""
    if sampled.value < 0:
        raise ValueError(f"{probe.name} measured {sampled.value}")
    return Turn(replace(probe, values=(*probe.values, sampled.value)))


PROBE = AgentSpec(
    Behavior("probe", Probe, Probe, {Sampled: on_sampled}, on_failure=FailurePolicy.ESCALATE, max_attempts=1),
    sends_to=("plant_supervisor",),
    lanes=(Lane.CONTROL, Lane.NORMAL),
)
SUPERVISOR = AgentSpec(supervisor_behavior("plant_supervisor"), sends_to=("probe", "plant_supervisor"))


def play() -> tuple[list[tuple[float, ...]], list[int], int]:
    """The sensor fails; it and the filter behind it lose what they had, the clock before it does not."""
    stage = Stage(PROBE, SUPERVISOR)
    children = tuple(ChildSpec(f"probe/{name}") for name in ("clock", "sensor", "filter"))
    stage.tell("plant_supervisor/north", StartSupervisor(children, strategy=Strategy.REST_FOR_ONE))
    for spec in children:
        stage.tell(spec.child, Sampled(1.0))
    stage.tell("probe/sensor", Sampled(-273.0))
    stage.tell("probe/sensor", Sampled(2.0))
    values = [stage.state(spec.child).values for spec in children]
    incarnations = [stage.record(spec.child).incarnation for spec in children]
    return values, incarnations, len(stage.letters)
