"""A pipeline of agents: what is worked on carries the list of its stops with it, and goes home when they are done."""

from dataclasses import dataclass, replace

from lambdas.actors.actor_id import ActorId
from lambdas.actors.effects import Send


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something on its way. Told to each stop in turn."""

    content: str
    """JSON; every stop may change it."""
    stops: tuple[str, ...]
    """Addresses still to be visited; the first is where it is now."""
    origin: str
    """Address of the agent that is told the end."""
    name: str
    """By which the origin knows it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """All stops are done; told to the origin."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A stop refused; told to the origin. Later stops never saw it."""

    name: str
    content: str
    stop: str
    reason: str


def dispatch(parcel: Parcel) -> Send:
    """Send a parcel to its first stop, or home when it has none."""
    if not parcel.stops:
        return Send(ActorId.parse(parcel.origin), Delivered(parcel.name, parcel.content))
    return Send(ActorId.parse(parcel.stops[0]), parcel)


def pass_on(parcel: Parcel, content: str) -> Send:
    """Send a parcel on from the stop that has done its work, with what it has made of the content."""
    return dispatch(replace(parcel, content=content, stops=parcel.stops[1:]))


def give_up(parcel: Parcel, reason: str) -> Send:
    """Tell the origin at which stop its parcel ended, and why."""
    return Send(ActorId.parse(parcel.origin), Undelivered(parcel.name, parcel.content, parcel.stops[0], reason))
