"""Work with stealing: a depot that runs dry takes half of what its sibling has waiting."""

from dataclasses import dataclass, replace
from datetime import datetime

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.coordination.work_queue import WorkQueue
from lambdas.actors.effects import HoldReply, KeepPromise, Reply, Send
from lambdas.actors.in_memory.stage import Stage
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec

SIBLINGS = {"depot/east": "depot/west", "depot/west": "depot/east"}


@dataclass(frozen=True, slots=True)
class Queue:
    """Work has come in."""

    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakeWork:
    """A worker is free; answered with a piece of work when there is one."""

    worker: str


@dataclass(frozen=True, slots=True)
class Steal:
    """A sibling has run dry."""

    thief: str


@dataclass(frozen=True, slots=True)
class Depot:
    """A depot with its queue and the workers that wait."""

    address: str
    queue: WorkQueue = WorkQueue()
    idle: tuple[str, ...] = ()


def on_queue(depot: Depot, message: Queue, _now: datetime) -> Turn[Depot]:
    """Give new work to idle workers first."""
    queue, effects = depot.queue.put(*message.pieces), ()
    idle = depot.idle
    while idle and queue.waiting:
        queue, piece = queue.take(idle[0])
        effects, idle = (*effects, KeepPromise(idle[0], piece)), idle[1:]
    return Turn(replace(depot, queue=queue, idle=idle), effects)


def on_take_work(depot: Depot, message: TakeWork, _now: datetime) -> Turn[Depot]:
    """Give out a piece, or fetch some from the sibling."""
    queue, piece = depot.queue.take(message.worker)
    if piece is not None:
        return Turn(replace(depot, queue=queue), (Reply(piece),))
    steal = Send(ActorId.parse(SIBLINGS[depot.address]), Steal(depot.address))
    return Turn(replace(depot, idle=(*depot.idle, message.worker)), (HoldReply(message.worker), steal))


def on_steal(depot: Depot, message: Steal, _now: datetime) -> Turn[Depot]:
    """Share what waits; sent as new work, it arrives exactly once."""
    queue, stolen = depot.queue.give_half()
    effects = (Send(ActorId.parse(message.thief), Queue(stolen)),) if stolen else ()
    return Turn(replace(depot, queue=queue), effects)


DEPOT = AgentSpec(
    Behavior(
        "depot",
        Depot,
        lambda key: Depot(f"depot/{key}"),
        {Queue: on_queue, TakeWork: on_take_work, Steal: on_steal},
    ),
    sends_to=("depot",),
)


def play() -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The east has four pieces, the west none; a worker in the west gets one and leaves another for the next."""
    stage = Stage(DEPOT)
    stage.tell("depot/east", Queue(("p-1", "p-2", "p-3", "p-4")))
    piece: str = stage.reply(stage.ask("depot/west", TakeWork("w-1")))
    return piece, stage.state("depot/east").queue.waiting, stage.state("depot/west").queue.waiting
