"""A pipeline: a firmware image is checked, signed and stamped by three agents; the shop hears how it ended."""

from dataclasses import dataclass, replace
from datetime import datetime

from lambdas.actors.behavior import Behavior
from lambdas.actors.coordination.pipeline import Delivered, Parcel, Undelivered, dispatch, give_up, pass_on
from lambdas.actors.in_memory.stage import Stage
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec

STOPS = ("station/check", "station/sign", "station/stamp")


@dataclass(frozen=True, slots=True)
class Finish:
    """An image shall be finished."""

    image: str


@dataclass(frozen=True, slots=True)
class Shop:
    """What came of the images that were sent through the stations."""

    name: str
    ends: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """One stop; what it does follows from its name."""

    work: str


def on_finish(shop: Shop, order: Finish, _now: datetime) -> Turn[Shop]:
    """Send the image on its way."""
    return Turn(shop, (dispatch(Parcel(order.image, STOPS, f"shop/{shop.name}", order.image)),))


def on_parcel(station: Station, parcel: Parcel, _now: datetime) -> Turn[Station]:
    """Do this station's work, or refuse."""
    if station.work == "sign" and "untrusted" in parcel.content:
        return Turn(station, (give_up(parcel, "nobody signs this"),))
    return Turn(station, (pass_on(parcel, f"{parcel.content}+{station.work}"),))


def on_delivered(shop: Shop, delivered: Delivered, _now: datetime) -> Turn[Shop]:
    """Note what came back."""
    return Turn(replace(shop, ends={**(shop.ends or {}), delivered.name: delivered.content}))


def on_undelivered(shop: Shop, lost: Undelivered, _now: datetime) -> Turn[Shop]:
    """Note where it ended."""
    return Turn(replace(shop, ends={**(shop.ends or {}), lost.name: f"{lost.stop}: {lost.reason}"}))


SHOP = AgentSpec(
    Behavior("shop", Shop, Shop, {Finish: on_finish, Delivered: on_delivered, Undelivered: on_undelivered}),
    sends_to=("station",),
)
STATION = AgentSpec(Behavior("station", Station, Station, {Parcel: on_parcel}), sends_to=("station", "shop"))


def play() -> dict[str, str]:
    """One image comes through, another does not."""
    stage = Stage(SHOP, STATION)
    stage.tell("shop/s", Finish("v1"))
    stage.tell("shop/s", Finish("untrusted"))
    ends: dict[str, str] = stage.state("shop/s").ends
    return ends
