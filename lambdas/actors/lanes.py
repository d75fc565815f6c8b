"""The lanes of an agent: each is a mailbox of its own with its own order."""

from enum import StrEnum


class Lane(StrEnum):
    """A way into an agent. Within a lane and from one sender messages stay in order; between lanes there is no order.

    One that is short overtakes one that is long: a command does not wait behind a backlog of reports.
    """

    CONTROL = "control"
    """Commands that must not wait: halt, pause, resume."""
    NORMAL = "normal"
    """Everyday messages. Every kind of agent has this lane."""
    BULK = "bulk"
    """Much that is not urgent, so that it does not hold up what is."""


NORMAL_LANE = Lane.NORMAL


def reachable_lane(wanted: str, lanes: tuple[str, ...]) -> str:
    """Choose the lane in which an agent with ``lanes`` is told something: the wanted one, or the normal one."""
    return wanted if wanted in lanes else Lane.NORMAL


def mailbox_name(kind: str, lane: str) -> str:
    """Name the mailbox of one lane of a kind: ``device`` for the normal one, ``device.control`` for another."""
    return kind if lane == Lane.NORMAL else f"{kind}.{lane}"
