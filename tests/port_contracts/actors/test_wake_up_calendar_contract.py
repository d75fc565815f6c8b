"""What every WakeUpCalendar and WaitingAgents does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, to_item
from lambdas.actors.agent_record import AgentRecord, AgentStatus
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.in_memory.waiting_agents import InMemoryWaitingAgents
from lambdas.actors.in_memory.wake_up_calendar import InMemoryWakeUpCalendar
from lambdas.actors.outbox import WakeUp
from lambdas.actors.wake_up_calendar import WakeUpCalendar
from lambdas.actors.wake_up_reconciliation import Segment, WaitingAgents
from lambdas.aws.attribute_values import to_attribute_value
from lambdas.aws.dynamodb_waiting_agents import DynamoDBWaitingAgents
from lambdas.aws.dynamodb_wake_up_calendar import DynamoDBWakeUpCalendar
from tests.port_contracts.actors.conftest import AT_ONCE, technology

TECHNOLOGIES = ["memory", "moto", pytest.param("embedded", marks=pytest.mark.embedded)]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture(params=TECHNOLOGIES)
def calendar(request: pytest.FixtureRequest) -> Iterator[WakeUpCalendar]:
    if request.param == "memory":
        yield InMemoryWakeUpCalendar()
        return
    for aws in technology(request, request.param):
        yield DynamoDBWakeUpCalendar(aws.client("dynamodb"), aws.runtime_records_table(), AT_ONCE)


def wake_up(number: int, due: datetime = NOON) -> WakeUp:
    return WakeUp(ActorId("device", f"d-{number}"), due)


def due_in(calendar: WakeUpCalendar, minute: datetime) -> set[WakeUp]:
    pages = [wake_up for page in calendar.due_in(minute) for wake_up in page]
    assert len(pages) == len(set(pages))
    return set(pages)


def test_a_wake_up_is_found_in_its_minute_and_in_no_other(calendar: WakeUpCalendar):
    first, last = wake_up(1), wake_up(2, NOON + MINUTE - timedelta(microseconds=1))

    assert not calendar.enter([first, last])

    assert due_in(calendar, NOON) == {first, last}
    assert due_in(calendar, NOON + MINUTE) == due_in(calendar, NOON - MINUTE) == set()


def test_more_wake_ups_than_one_call_takes_are_entered_found_and_struck(calendar: WakeUpCalendar):
    all_of_them = [wake_up(number, NOON + number * SECOND / 2) for number in range(101)]

    assert not calendar.enter(all_of_them)
    assert due_in(calendar, NOON) == set(all_of_them)
    calendar.strike(all_of_them[:60])

    assert due_in(calendar, NOON) == set(all_of_them[60:])


def test_of_wake_ups_of_one_agent_in_one_minute_entered_together_the_earliest_is_kept(calendar: WakeUpCalendar):
    later, earlier = wake_up(1, NOON + 30 * SECOND), wake_up(1, NOON + 5 * SECOND)

    assert not calendar.enter([later, earlier, later])

    assert due_in(calendar, NOON) == {earlier}


def test_an_agent_may_be_woken_in_several_minutes(calendar: WakeUpCalendar):
    calendar.enter([wake_up(1, NOON + number * MINUTE) for number in range(3)])

    calendar.strike([wake_up(1, NOON + MINUTE)])

    assert [len(due_in(calendar, NOON + number * MINUTE)) for number in range(3)] == [1, 0, 1]


def test_entering_twice_is_entering_once_and_striking_twice_does_no_harm(calendar: WakeUpCalendar):
    calendar.enter([wake_up(1)])
    calendar.enter([wake_up(1)])
    assert due_in(calendar, NOON) == {wake_up(1)}

    calendar.strike([wake_up(1)])
    calendar.strike([wake_up(1)])
    assert due_in(calendar, NOON) == set()


def test_a_time_of_another_zone_is_in_the_minute_of_utc(calendar: WakeUpCalendar):
    elsewhere = NOON.astimezone(datetime.strptime("+0530", "%z").tzinfo)

    calendar.enter([wake_up(1, elsewhere)])

    assert due_in(calendar, NOON) == {wake_up(1)}


@dataclass(frozen=True)
class Filled:
    agents: WaitingAgents
    put: Callable[[AgentItem], object]


@pytest.fixture(params=TECHNOLOGIES)
def filled(request: pytest.FixtureRequest) -> Iterator[Filled]:
    if request.param == "memory":
        store = InMemoryStateStore()
        yield Filled(
            InMemoryWaitingAgents(store), lambda item: store.items.update({ActorId.parse(item["agent"]): item})
        )
        return
    for aws in technology(request, request.param):
        client, table = aws.client("dynamodb"), aws.agents_table()

        def put(item: AgentItem, client: Any = client, table: str = table) -> None:
            client.put_item(TableName=table, Item={name: to_attribute_value(value) for name, value in item.items()})

        yield Filled(DynamoDBWaitingAgents(client, table), put)


def put(filled: Filled, key: str, hinted: datetime | None, status: AgentStatus = AgentStatus.RUNNING) -> WakeUp:
    agent = ActorId("device", key)
    filled.put(to_item(AgentRecord(agent, 1, hinted=hinted, status=status)))
    return WakeUp(agent, hinted or NOON)


def overdue(filled: Filled, segments: int = 1) -> list[WakeUp]:
    return [
        waiting
        for number in range(segments)
        for page in filled.agents.overdue(NOON, Segment(number, segments), "")
        for waiting in page.waiting
    ]


def test_an_agent_is_found_whose_wake_up_was_due(filled: Filled):
    due = put(filled, "due", NOON)
    with_fractions = put(filled, "with-fractions", NOON - timedelta(microseconds=1))
    put(filled, "early", NOON + timedelta(microseconds=1))
    put(filled, "waits-for-none", None)

    assert set(overdue(filled)) == {due, with_fractions}


def test_an_agent_that_takes_no_messages_is_left_alone(filled: Filled):
    put(filled, "suspended", NOON, AgentStatus.SUSPENDED)
    put(filled, "stopped", NOON, AgentStatus.STOPPED)
    resuming = put(filled, "resuming", NOON, AgentStatus.RESUMING)

    assert overdue(filled) == [resuming]


def test_segments_together_hold_every_agent_once(filled: Filled):
    due = [put(filled, f"d-{number}", NOON - number * MINUTE) for number in range(30)]

    assert sorted(overdue(filled, segments=4), key=str) == sorted(due, key=str)


def test_nobody_waits_where_nobody_is(filled: Filled):
    pages = list(filled.agents.overdue(NOON, Segment(), ""))

    assert [(page.waiting, page.after) for page in pages] == [((), "")]


def test_a_page_says_where_the_next_one_begins(filled: Filled):
    for number in range(9):
        put(filled, f"d-{number}", NOON)
    pages = list(filled.agents.overdue(NOON, Segment(), ""))

    rest = [wake for page in filled.agents.overdue(NOON, Segment(), pages[0].after) for wake in page.waiting]

    assert pages[-1].after == ""
    if len(pages) > 1:  # one call of DynamoDB reads a megabyte
        assert [*pages[0].waiting, *rest] == [wake for page in pages for wake in page.waiting]


def test_a_segment_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="segment 4 of 4 does not exist"):
        Segment(4, 4)
