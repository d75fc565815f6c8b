"""What every AgentDirectory does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, to_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.in_memory.agent_directory import InMemoryAgentDirectory
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.ports import AgentDirectory, AgentListing, AgentSnapshot, CursorError
from lambdas.aws.attribute_values import to_attribute_value
from lambdas.aws.dynamodb_agent_directory import DynamoDBAgentDirectory
from tests.port_contracts.actors.conftest import AT_ONCE, technology

TECHNOLOGIES = ["memory", "moto", pytest.param("embedded", marks=pytest.mark.embedded)]


@dataclass(frozen=True)
class Filled:
    """A directory, and a way to put agents into it."""

    directory: AgentDirectory
    put: Callable[[AgentItem], object]


@pytest.fixture(params=TECHNOLOGIES)
def filled(request: pytest.FixtureRequest) -> Iterator[Filled]:
    if request.param == "memory":
        store = InMemoryStateStore()
        yield Filled(
            InMemoryAgentDirectory(store), lambda item: store.items.update({ActorId.parse(item["agent"]): item})
        )
        return
    for aws in technology(request, request.param):
        client, table = aws.client("dynamodb"), aws.agents_table()

        def put(item: AgentItem, client: Any = client, table: str = table) -> None:
            client.put_item(TableName=table, Item={name: to_attribute_value(value) for name, value in item.items()})

        yield Filled(DynamoDBAgentDirectory(client, table, AT_ONCE), put)


def fill(filled: Filled, *agents: ActorId) -> AgentDirectory:
    for agent in agents:
        filled.put(to_item(AgentRecord(agent, 3, state=f'{{"key":"{agent.key}"}}', listed={"ring": "canary"})))
    return filled.directory


def devices(count: int) -> list[ActorId]:
    return [ActorId("device", f"d-{number}") for number in range(count)]


def test_an_agent_that_never_committed_is_not_found(filled: Filled):
    assert filled.directory.get(ActorId("device", "nobody")) is None
    assert filled.directory.get_many([ActorId("device", "nobody")]) == {}


def test_an_agent_is_read_as_committed(filled: Filled):
    agent = ActorId("batch", "deploy-1/canary/7")

    snapshot = fill(filled, agent).get(agent)

    assert snapshot == AgentSnapshot(agent, 3, '{"key":"deploy-1/canary/7"}', {"ring": "canary"})


def test_many_agents_are_read_at_once(filled: Filled):
    agents = devices(130)

    found = fill(filled, *agents).get_many([*agents, ActorId("device", "nobody")])

    assert set(found) == set(agents)


def test_a_kind_is_listed_whole_in_pages_each_agent_once(filled: Filled):
    directory = fill(filled, *devices(25), ActorId("devices_twin", "t"), ActorId("batch", "b"))

    listed: list[AgentListing] = []
    sizes = []
    cursor = None
    while True:
        page = directory.list("device", 4, cursor)
        listed += page.agents
        sizes.append(len(page.agents))
        cursor = page.cursor
        if cursor is None:
            break

    assert sorted(entry.agent for entry in listed) == sorted(devices(25))
    assert {tuple(entry.listed.items()) for entry in listed} == {(("ring", "canary"),)}
    assert sizes == [4, 4, 4, 4, 4, 4, 1]


def test_the_last_page_has_no_cursor_also_when_it_is_full(filled: Filled):
    page = fill(filled, *devices(6)).list("device", 6)

    assert (len(page.agents), page.cursor) == (6, None)


def test_a_kind_without_agents_is_an_empty_page(filled: Filled):
    page = filled.directory.list("device", 10)

    assert (page.agents, page.cursor) == ((), None)


def test_a_page_goes_on_behind_an_agent_that_came_to_be_listed_meanwhile(filled: Filled):
    directory = fill(filled, *devices(10))
    first = directory.list("device", 5)
    fill(filled, ActorId("device", "new"))

    rest = directory.list("device", 100, first.cursor)

    seen = [entry.agent for entry in (*first.agents, *rest.agents)]
    assert len(seen) == len(set(seen))
    assert set(devices(10)) <= set(seen)


@pytest.mark.parametrize("cursor", ["nonsense", "batch/b-1", "device/", "device/ü", ""])
def test_a_cursor_of_something_else_is_refused(filled: Filled, cursor: str):
    with pytest.raises(CursorError, match="begin without one"):
        filled.directory.list("device", 10, cursor)
