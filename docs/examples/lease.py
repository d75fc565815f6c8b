"""A leader with a fencing token: of two controllers one leads; the other takes over, and the first is refused."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lambdas.actors.behavior import Behavior
from lambdas.actors.coordination.lease import Fence, HeldLease
from lambdas.actors.effects import Reject, Reply
from lambdas.actors.in_memory.stage import Stage
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec

LEAD_TIME = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Lead:
    """A controller wants to lead; answered with its token, or refused."""

    controller: str


@dataclass(frozen=True, slots=True)
class SetValve:
    """The leader moves a valve."""

    token: int
    percent: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of production: who leads, and what its valve was last set to."""

    name: str
    lease: HeldLease = HeldLease()
    fence: Fence = Fence()
    valve_percent: int = 0


def on_lead(line: Line, lead: Lead, now: datetime) -> Turn[Line]:
    """Give the lease to one at a time."""
    lease = line.lease.acquire(lead.controller, LEAD_TIME, now)
    if lease is None:
        return Turn(line, (Reject(f"{line.lease.holder} leads"),))
    return Turn(replace(line, lease=lease), (Reply(lease.token),))


def on_set_valve(line: Line, order: SetValve, _now: datetime) -> Turn[Line]:
    """Obey the newest leader that has spoken; one that was replaced does not know it."""
    fence = line.fence.admit(order.token)
    if fence is None:
        return Turn(line, (Reject(f"token {order.token} is old, {line.fence.highest} has spoken"),))
    return Turn(replace(line, fence=fence, valve_percent=order.percent))


LINE = AgentSpec(Behavior("line", Line, Line, {Lead: on_lead, SetValve: on_set_valve}))


def play() -> tuple[str, str, int]:
    """The first leader sleeps past its lease; what it orders afterwards is refused."""
    stage = Stage(LINE)
    first = stage.reply(stage.ask("line/a", Lead("c-1")))
    too_early = stage.refusal(stage.ask("line/a", Lead("c-2")))
    stage.advance(LEAD_TIME)
    second = stage.reply(stage.ask("line/a", Lead("c-2")))
    stage.tell("line/a", SetValve(second, 60))
    too_late = stage.refusal(stage.ask("line/a", SetValve(first, 10)))
    return too_early, too_late, stage.state("line/a").valve_percent
