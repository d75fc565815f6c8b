"""Looks for agents whose wake-up never came: bounds what a lost one can delay."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lambdas.actors.cursors import Cursors
from lambdas.actors.frames import Frame
from lambdas.actors.leases import LeaseStore, under_lease
from lambdas.actors.outbox import WakeUp
from lambdas.actors.ports import MailboxSender

OVERDUE_AFTER = timedelta(minutes=15)
"""How long after its time a wake-up counts as lost; one that is merely late does no harm when it comes as well."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One of ``count`` parts of all agents, from 0; parts are looked through beside one another."""

    number: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.count:
            raise ValueError(f"segment {self.number} of {self.count} does not exist; number them from 0")


@dataclass(frozen=True, slots=True)
class OverduePage:
    """Some agents that wait for a wake-up, each with the time for which it was asked, and where the next page begins.

    ``after`` is empty behind the last page.
    """

    waiting: tuple[WakeUp, ...]
    after: str


class WaitingAgents(Protocol):
    """Finds agents that rely on a wake-up."""

    def overdue(self, before: datetime, segment: Segment, after: str) -> Iterator[OverduePage]:
        """Read those of a segment whose wake-up was due before a time, and that run; raises PortUnavailableError.

        Begins where a page said that the next one does, or at the beginning when ``after`` is empty.
        """


@dataclass(frozen=True, slots=True)
class ReconciliationReport:
    """What one run has done."""

    woken: int = 0
    pages: int = 0
    is_finished: bool = False
    """Whether the segment was looked through to its end; if not, the next run goes on there."""
    is_holder: bool = True

    def counts(self) -> dict[str, int | bool]:
        """Give all by name, for one log line."""
        return {
            "woken": self.woken,
            "pages": self.pages,
            "is_finished": self.is_finished,
            "is_holder": self.is_holder,
        }


class WakeUpReconciliation:
    """Wakes agents whose wake-up is overdue. One too many wakes an agent for nothing, so repeats are harmless."""

    def __init__(self, agents: WaitingAgents, mailboxes: MailboxSender, cursors: Cursors, leases: LeaseStore) -> None:
        self._agents = agents
        self._mailboxes = mailboxes
        self._cursors = cursors
        self._leases = leases

    def run(
        self,
        segment: Segment,
        holder: str,
        ttl: timedelta,
        clock: Callable[[], datetime],
        has_time: Callable[[], bool],
    ) -> ReconciliationReport:
        """Look through a segment until its end or until time is up."""
        name = f"wake_up_reconciliation/{segment.number}-{segment.count}"
        with under_lease(self._leases, name, holder, ttl, clock) as lease:
            if lease is None:
                return ReconciliationReport(is_holder=False)
            return self._look_through(segment, name, lease.token, clock() - OVERDUE_AFTER, has_time)

    def _look_through(
        self, segment: Segment, name: str, token: int, before: datetime, has_time: Callable[[], bool]
    ) -> ReconciliationReport:
        woken = pages = 0
        after = self._cursors.read(name) or ""
        for page in self._agents.overdue(before, segment, after):
            woken += self._wake(page.waiting)
            pages, after = pages + 1, page.after
            if not has_time():
                break
        is_holder = self._cursors.advance(name, after, token)
        return ReconciliationReport(woken, pages, is_finished=not after, is_holder=is_holder)

    def _wake(self, waiting: Sequence[WakeUp]) -> int:
        """Send wake-ups; an agent that could not be told is found again by the next run."""
        frames = [Frame(wake_up.to, (), due=wake_up.due) for wake_up in waiting]
        return len(frames) - len(self._mailboxes.send(frames)) if frames else 0
