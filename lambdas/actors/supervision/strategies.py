"""The choices of supervision, after Erlang/OTP's supervisor."""

from enum import StrEnum


class RestartType(StrEnum):
    """Which exits of a child lead to a new life of it."""

    PERMANENT = "permanent"
    """All."""
    TRANSIENT = "transient"
    """Those that are neither ``normal`` nor a shutdown."""
    TEMPORARY = "temporary"
    """None, also not when a sibling's exit ended it; it is forgotten once it has ended."""


class Strategy(StrEnum):
    """Whose lives begin anew when one child is restarted."""

    ONE_FOR_ONE = "one_for_one"
    """Only that child's."""
    ONE_FOR_ALL = "one_for_all"
    """Those of all children: they are stopped in reverse order and started in order."""
    REST_FOR_ONE = "rest_for_one"
    """That child's and those of the children after it."""


class AutoShutdown(StrEnum):
    """Whether a supervisor ends when its significant children have done their work."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any_significant"
    """When one of them has ended by itself."""
    ALL_SIGNIFICANT = "all_significant"
    """When the last of them has."""


NORMAL = "normal"
SHUTDOWN = "shutdown"


def is_abnormal(reason: str) -> bool:
    """Tell an exit that leads to a new life of a transient child: any but ``normal`` and shutdowns."""
    return reason not in (NORMAL, SHUTDOWN) and not reason.startswith(f"{SHUTDOWN}:")
