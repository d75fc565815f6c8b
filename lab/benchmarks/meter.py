"""The agent that the runtime is measured with: a meter adds readings up and tells its site each time."""

from dataclasses import dataclass
from datetime import datetime

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import Send
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec

SITE = "site"


@dataclass(frozen=True, slots=True)
class Reading:
    """A value was read."""

    value: float
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class MeterMoved:
    """What a site is told."""

    meter: str
    total: float
    readings: int


@dataclass(frozen=True, slots=True)
class Meter:
    """What a meter remembers; about as much as a device's agent does."""

    key: str
    site: str = "lyon"
    unit: str = "kWh"
    readings: int = 0
    total: float = 0.0
    last: Reading | None = None
    recent: tuple[float, ...] = ()


def on_reading(meter: Meter, reading: Reading, now: datetime) -> Turn[Meter]:  # noqa: ARG001 - a reaction's third
    """Add a reading and tell the site."""
    moved = Meter(
        key=meter.key,
        site=meter.site,
        unit=meter.unit,
        readings=meter.readings + 1,
        total=meter.total + reading.value,
        last=reading,
        recent=(*meter.recent[-9:], reading.value),
    )
    return Turn(moved, (Send(ActorId(SITE, meter.site), MeterMoved(meter.key, moved.total, moved.readings)),))


BEHAVIOR = Behavior("meter", Meter, Meter, {Reading: on_reading})
SPEC = AgentSpec(BEHAVIOR, sends_to=(SITE,))
