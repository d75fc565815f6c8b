"""Agents whose wake-up was lost are found and woken."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import to_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.frames import decode_frame
from lambdas.actors.in_memory.cursors import InMemoryCursors
from lambdas.actors.in_memory.lease_store import InMemoryLeaseStore
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.in_memory.waiting_agents import InMemoryWaitingAgents
from lambdas.actors.wake_up_reconciliation import OVERDUE_AFTER, ReconciliationReport, Segment, WakeUpReconciliation

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)


class Fleet:
    def __init__(self) -> None:
        self.store = InMemoryStateStore()
        self.mailboxes = InMemoryMailboxes()
        self.cursors = InMemoryCursors()
        self.leases = InMemoryLeaseStore()

    def waits(self, key: str, hinted: datetime | None) -> None:
        agent = ActorId("device", key)
        self.store.items[agent] = to_item(AgentRecord(agent, 1, hinted=hinted))

    def reconcile(
        self, segment: Segment | None = None, has_time: Callable[[], bool] = lambda: True
    ) -> ReconciliationReport:
        agents = InMemoryWaitingAgents(self.store)
        reconciliation = WakeUpReconciliation(agents, self.mailboxes, self.cursors, self.leases)
        return reconciliation.run(segment or Segment(), "run", LEASE, lambda: NOON, has_time)

    @property
    def woken(self) -> list[str]:
        return sorted(record.agent for record in self.mailboxes.waiting())


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


def test_only_an_agent_whose_wake_up_is_a_quarter_of_an_hour_late_is_woken(fleet: Fleet):
    fleet.waits("lost", NOON - OVERDUE_AFTER)
    fleet.waits("late", NOON - OVERDUE_AFTER + timedelta(microseconds=1))
    fleet.waits("early", NOON + OVERDUE_AFTER)
    fleet.waits("none", None)

    report = fleet.reconcile()

    assert fleet.woken == ["device/lost"]
    assert (report.woken, report.is_finished) == (1, True)


def test_the_wake_up_is_an_empty_frame_that_names_the_time_that_was_missed(fleet: Fleet):
    fleet.waits("lost", NOON - OVERDUE_AFTER)
    fleet.reconcile()

    (record,) = fleet.mailboxes.waiting()
    frame = decode_frame(record.body, ActorId("device", "lost"))
    assert (frame.messages, frame.due, frame.sender) == ((), NOON - OVERDUE_AFTER, None)


def test_segments_are_looked_through_beside_one_another(fleet: Fleet):
    for number in range(20):
        fleet.waits(f"d-{number}", NOON - OVERDUE_AFTER)

    woken = [fleet.reconcile(Segment(number, 4)).woken for number in range(4)]

    assert sum(woken) == len(set(fleet.woken)) == 20


def test_a_run_out_of_time_leaves_the_rest_to_the_next(fleet: Fleet):
    for number in range(9):
        fleet.waits(f"d-{number}", NOON - OVERDUE_AFTER)
    times = iter([True, False])

    first = fleet.reconcile(has_time=lambda: next(times))
    second = fleet.reconcile()
    third = fleet.reconcile()

    assert (first.woken, first.is_finished) == (4, False)
    assert (second.woken, second.is_finished) == (5, True)
    assert (third.woken, third.is_finished) == (9, True), "begins anew"


def test_a_run_beside_another_does_nothing(fleet: Fleet):
    fleet.waits("lost", NOON - OVERDUE_AFTER)
    assert fleet.leases.acquire("wake_up_reconciliation/0-1", "other", LEASE, NOON)

    assert fleet.reconcile() == ReconciliationReport(is_holder=False)
    assert fleet.woken == []
