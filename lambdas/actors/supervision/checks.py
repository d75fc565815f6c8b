"""What a supervisor accepts as children."""

from collections import Counter

from lambdas.actors.actor_id import ActorId, ActorIdError
from lambdas.actors.supervision.messages import ChildSpec, StartSupervisor
from lambdas.actors.supervision.strategies import AutoShutdown, RestartType

CHILDREN_LIMIT = 500
"""Children of one supervisor: about 100 KB of its item. More are divided among supervisors of their own."""


class SupervisionError(ValueError):
    """Children cannot be supervised as they were specified; the specification must be mended."""


def check_tree(root: str, start: StartSupervisor) -> None:
    """Check a supervisor and all below it before anything begins; raises SupervisionError.

    An agent has one supervisor, so no address may stand twice in the tree.
    """
    addresses = Counter([root, *_checked(start)])
    twice = [address for address, times in addresses.items() if times > 1]
    if twice:
        raise SupervisionError(f"{twice[0]!r} stands more than once in the tree of {root!r}; name each agent once")


def _checked(start: StartSupervisor) -> list[str]:
    """Check a supervisor's own part; answer all addresses below it."""
    if start.intensity < 0:
        raise SupervisionError(f"intensity is {start.intensity}; it must be 0 or more restarts")
    if start.period_seconds < 1:
        raise SupervisionError(f"period_seconds is {start.period_seconds}; it must be 1 or more")
    if len(start.children) > CHILDREN_LIMIT:
        raise SupervisionError(
            f"{len(start.children)} children are too many, {CHILDREN_LIMIT} are possible; use supervisors below"
        )
    below: list[str] = []
    for spec in start.children:
        _check_child(spec, start.auto_shutdown)
        below.append(spec.child)
        if spec.subtree is not None:
            below.extend(_checked(spec.subtree))
    return below


def _check_child(spec: ChildSpec, auto_shutdown: AutoShutdown) -> None:
    """Check one specification; raises SupervisionError."""
    try:
        ActorId.parse(spec.child)
    except ActorIdError as error:
        raise SupervisionError(f"child {spec.child!r} is no address: {error}") from error
    if spec.shutdown is not None and spec.shutdown.total_seconds() < 0:
        raise SupervisionError(f"shutdown of {spec.child!r} is {spec.shutdown}; it must not be negative")
    if spec.is_significant and spec.restart is RestartType.PERMANENT:
        raise SupervisionError(f"{spec.child!r} is permanent and can never end, so it cannot be significant")
    if spec.is_significant and auto_shutdown is AutoShutdown.NEVER:
        raise SupervisionError(f"{spec.child!r} is significant, but its supervisor has auto_shutdown 'never'")
