"""A cache: many devices ask for the same map tile; the archive, which is slow, is asked once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lambdas.actors.actor_id import ActorId
from lambdas.actors.answers import Answer, Replied
from lambdas.actors.behavior import Behavior, Continuation
from lambdas.actors.coordination.cache import Cache, Lookup
from lambdas.actors.effects import Ask, Reply
from lambdas.actors.in_memory.stage import Stage
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec

PATIENCE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class GetTile:
    """A device needs a tile; answered with its content."""

    tile: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """Read a tile from the archive; answered with a Tile."""

    tile: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile with its content."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles of a region, as far as they were asked for."""

    region: str
    cache: Cache = Cache(ttl=timedelta(hours=1), patience=PATIENCE)


@dataclass(frozen=True, slots=True)
class Archive:
    """Where tiles come from, and how often it was asked."""

    name: str
    reads: int = 0


def on_get_tile(tiles: Tiles, wanted: GetTile, now: datetime) -> Turn[Tiles]:
    """Answer from the cache; the first to miss asks the archive, the others wait with it."""
    cache, lookup, effects = tiles.cache.get_or_compute(wanted.tile, now)
    if lookup is Lookup.MISSED:
        effects = (*effects, Ask(ActorId("archive", "a"), Fetch(wanted.tile), PATIENCE, then=on_fetched))
    return Turn(replace(tiles, cache=cache), effects)


def on_fetched(tiles: Tiles, answer: Answer, now: datetime) -> Turn[Tiles]:
    """Give the tile to all who wait. Without an answer, patience ends and the next asker tries again."""
    match answer:
        case Replied(value=Tile(name=name, content=content)):
            cache, effects = tiles.cache.store(name, content, now)
            return Turn(replace(tiles, cache=cache), effects)
        case _:
            return Turn(tiles)


def on_fetch(archive: Archive, wanted: Fetch, _now: datetime) -> Turn[Archive]:
    """Read a tile."""
    return Turn(replace(archive, reads=archive.reads + 1), (Reply(Tile(wanted.tile, f"map of {wanted.tile}")),))


TILES = AgentSpec(
    Behavior("tiles", Tiles, Tiles, {GetTile: on_get_tile}, continuations=(Continuation(on_fetched, reads=(Tile,)),)),
    sends_to=("archive",),
)
ARCHIVE = AgentSpec(Behavior("archive", Archive, Archive, {Fetch: on_fetch}), sends_to=("tiles",))


def play() -> tuple[list[str], int]:
    """Three devices ask for one tile, one of them after the others; the archive is read once."""
    stage = Stage(TILES, ARCHIVE)
    promises = [stage.ask("tiles/north", GetTile("7/12")) for _ in range(3)]
    return [stage.reply(promise) for promise in promises], stage.state("archive/a").reads
