"""What a supervisor can be told."""

from dataclasses import dataclass
from datetime import timedelta

from lambdas.actors.supervision.strategies import AutoShutdown, RestartType, Strategy

BRUTAL_KILL = timedelta(0)
"""The shutdown time of a child whose end is not waited for."""

DEFAULT_SHUTDOWN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One child, and what its supervisor does about its exits."""

    child: str
    """Its address."""
    restart: RestartType = RestartType.PERMANENT
    shutdown: timedelta | None = DEFAULT_SHUTDOWN
    """How long its end is waited for before it counts as killed; None waits as long as it takes."""
    is_significant: bool = False
    """Whether its end may end the supervisor, see ``AutoShutdown``."""
    subtree: "StartSupervisor | None" = None
    """Of a child that is a supervisor: what it is told at the beginning of each life. Give it all the time it
    needs to shut down: one that is killed cannot stop its own children any more."""


@dataclass(frozen=True, slots=True)
class StartSupervisor:
    """Start the children in their order; answered when all have begun, refused when one did not.

    More than ``intensity`` restarts within ``period_seconds`` end the supervisor and with it all its children.
    """

    children: tuple[ChildSpec, ...]
    strategy: Strategy = Strategy.ONE_FOR_ONE
    intensity: int = 1
    period_seconds: int = 5
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER


@dataclass(frozen=True, slots=True)
class StopSupervisor:
    """Stop all children in reverse order, then exit; a supervisor tells it to one below it."""


@dataclass(frozen=True, slots=True)
class StartSupervisedChild:
    """Take one more child, behind the others, and start it."""

    spec: ChildSpec


@dataclass(frozen=True, slots=True)
class TerminateChild:
    """Stop a child and leave it so; a temporary one is forgotten."""

    child: str


@dataclass(frozen=True, slots=True)
class RestartChild:
    """Start a child again that was terminated or has ended."""

    child: str


@dataclass(frozen=True, slots=True)
class DeleteChild:
    """Forget a child that does not run."""

    child: str


@dataclass(frozen=True, slots=True)
class ChildStarted:
    """A child has begun a life; answers ``StartChild``."""

    child: str
    """Its address."""
    incarnation: int


@dataclass(frozen=True, slots=True)
class ChildExited:
    """A child's life has ended: by itself, because it was stopped, or because it failed."""

    child: str
    """Its address."""
    incarnation: int
    reason: str
    """``normal``, ``shutdown``, ``shutdown: <why>``, ``crash: <why>`` or a word of the child's own."""


@dataclass(frozen=True, slots=True)
class ShutdownTimedOut:
    """A child did not end in its time; tells the supervisor itself."""

    child: str
    incarnation: int
