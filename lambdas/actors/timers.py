"""Timers: reminders that live in the agent's item. What wakes the agent is only a hint."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lambdas.actors.codec import EncodedMessage

RETRY_AFTER = timedelta(minutes=1)
"""How long a timer whose reaction raised waits for its next try."""


@dataclass(frozen=True, slots=True)
class Timer:
    """The agent is told ``message`` at ``due``, and with ``every`` again after each such time.

    ``generation`` is the version of the commit that set it, so that a timer is told from one that replaced it.
    """

    due: datetime
    generation: int
    message: EncodedMessage
    every: timedelta | None = None
    attempts: int = 0
    """How often its reaction has raised since it last succeeded."""


def due_timers(timers: Mapping[str, Timer], now: datetime) -> list[tuple[str, Timer]]:
    """Name the timers whose time has come, the longest due first."""
    due = [(name, timer) for name, timer in timers.items() if timer.due <= now]
    return sorted(due, key=lambda named: (named[1].due, named[0]))


def is_still_set(timers: Mapping[str, Timer], name: str, timer: Timer) -> bool:
    """Tell whether a timer was neither cancelled nor replaced since it was found due."""
    current = timers.get(name)
    return current is not None and current.generation == timer.generation


def after_firing(timer: Timer, now: datetime, generation: int) -> Timer | None:
    """Say what remains of a timer that fired: its next tick after ``now``, or nothing. Missed ticks count as one."""
    if timer.every is None:
        return None
    missed = max((now - timer.due) // timer.every, 0)
    return replace(timer, due=timer.due + timer.every * (missed + 1), generation=generation, attempts=0)


def hint_still_out(hinted: datetime | None, now: datetime, arrived: datetime | None = None) -> datetime | None:
    """Forget the hint on which the agent relies once it has arrived or its time is over."""
    return None if hinted is None or hinted == arrived or hinted <= now else hinted


def next_hint(due: Iterable[datetime], hinted: datetime | None) -> datetime | None:
    """Say when the agent must be woken next, or None when a hint that is out already does.

    One hint for the earliest is enough: the turn it wakes asks for the next one.
    """
    earliest = min(due, default=None)
    if earliest is None or (hinted is not None and hinted <= earliest):
        return None
    return earliest
