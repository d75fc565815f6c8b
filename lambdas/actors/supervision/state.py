"""What a supervisor remembers."""

from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from lambdas.actors.supervision.messages import ChildExited, ChildSpec
from lambdas.actors.supervision.strategies import AutoShutdown, RestartType, Strategy


class ChildStatus(StrEnum):
    """Where a child stands."""

    ENDED = "ended"
    """It does not run and is not about to."""
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RESTARTING = "restarting"
    """Its restart failed; it is tried again."""


@dataclass(frozen=True, slots=True)
class Child:
    """A child and its present life."""

    spec: ChildSpec
    incarnation: int = 0
    """Number of its last life. What is heard of an earlier one is late, and nothing follows from it."""
    status: ChildStatus = ChildStatus.ENDED

    @property
    def address(self) -> str:
        """The child's address."""
        return self.spec.child


class StartPurpose(StrEnum):
    """Why a child is started, which says what a failure of its start leads to."""

    INIT = "init"
    """The supervisor begins: it fails."""
    RESTART = "restart"
    """The child is restarted: that counts as a further restart, and is tried again."""
    ADD = "add"
    """Somebody wants one more child: they are told, and it is forgotten."""
    REVIVE = "revive"
    """Somebody wants it to run again: they are told."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Step: stop a child, and wait for its end."""

    child: str


class Start(msgspec.Struct, frozen=True, tag="start"):
    """Step: start a child, and wait until it has begun."""

    child: str
    purpose: StartPurpose


class Tell(msgspec.Struct, frozen=True, tag="tell"):
    """Step: whoever waits for the outcome of a command is told; refused when there is a reason to."""

    promise: str
    refusal: str = ""


class Leave(msgspec.Struct, frozen=True, tag="leave"):
    """Step: the supervisor's own end."""

    reason: str


Step = Stop | Start | Tell | Leave


class Exited(msgspec.Struct, frozen=True, tag="exited"):
    """A child has ended by itself."""

    exit: ChildExited


class TryAgain(msgspec.Struct, frozen=True, tag="try_again"):
    """The restart of a child failed and is due again."""

    child: str


class Adding(msgspec.Struct, frozen=True, tag="adding"):
    """A further child is wanted."""

    spec: ChildSpec


class Terminating(msgspec.Struct, frozen=True, tag="terminating"):
    """A child shall be stopped and left so."""

    child: str


class Reviving(msgspec.Struct, frozen=True, tag="reviving"):
    """A child that does not run shall be started."""

    child: str


class Deleting(msgspec.Struct, frozen=True, tag="deleting"):
    """A child that does not run shall be forgotten."""

    child: str


class Stopping(msgspec.Struct, frozen=True, tag="stopping"):
    """The supervisor shall end."""


Command = Adding | Terminating | Reviving | Deleting
Occurrence = Exited | TryAgain | Command | Stopping


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Children in their order, what is being done, and what has to wait until that is done.

    A supervisor does one thing at a time, as OTP's does: what happens meanwhile is taken up afterwards, in order.
    """

    address: str
    is_started: bool = False
    children: tuple[Child, ...] = ()
    strategy: Strategy = Strategy.ONE_FOR_ONE
    intensity: int = 1
    period_seconds: int = 5
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
    restarts: tuple[int, ...] = ()
    """Whole seconds of the restarts that count, the newest first."""
    steps: tuple[Step, ...] = ()
    waiting: tuple[Occurrence, ...] = ()

    @property
    def awaits_a_child(self) -> bool:
        """Whether the step in hand ends with a child's word."""
        match self.steps[:1]:
            case (Stop(child=address),):
                awaited = ChildStatus.STOPPING
            case (Start(child=address),):
                awaited = ChildStatus.STARTING
            case _:
                return False
        child = self.child(address)
        return child is not None and child.status is awaited

    def child(self, address: str) -> Child | None:
        """Find a child."""
        return next((child for child in self.children if child.address == address), None)

    def with_child(self, changed: Child) -> "Supervisor":
        """Put a changed child in the place of the one of its address."""
        children = tuple(changed if child.address == changed.address else child for child in self.children)
        return replace(self, children=children)

    def with_ended(self, child: Child) -> "Supervisor":
        """Note that a child does not run; a temporary one is forgotten."""
        if child.spec.restart is RestartType.TEMPORARY:
            return self.without(child.address)
        return self.with_child(replace(child, status=ChildStatus.ENDED))

    def without(self, address: str) -> "Supervisor":
        """Forget a child."""
        return replace(self, children=tuple(child for child in self.children if child.address != address))

    def with_steps(self, *steps: Step) -> "Supervisor":
        """Begin to do something."""
        return replace(self, steps=steps)

    def with_step_done(self) -> "Supervisor":
        """Go on to the next step."""
        return replace(self, steps=self.steps[1:])

    def with_waiting(self, occurrence: Occurrence) -> "Supervisor":
        """Take something up later."""
        return replace(self, waiting=(*self.waiting, occurrence))
