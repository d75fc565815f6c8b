"""What every StateStore does."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, from_item, to_item
from lambdas.actors.agent_record import AgentRecord, LaneRecord
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import Frame, Sender
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.outbox import Outbox
from lambdas.actors.ports import CommitStatus, StateStore
from lambdas.aws.attribute_values import to_attribute_value
from lambdas.aws.dynamodb_state_store import DynamoDBStateStore
from tests.port_contracts.actors.conftest import AT_ONCE, technology
from tests.unit.actors.relay_race import COLLECTOR, Carried

AGENT = ActorId("runner", "r-1")
OTHER = ActorId("runner", "r-2")

MOTO_LIES = pytest.mark.xfail(
    strict=True,
    reason="moto 5.2 does not run PartiQL: its parser takes no parameters in INSERT and knows no conditions in UPDATE",
)
EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)
COMMITTING = ["memory", pytest.param("moto", marks=MOTO_LIES), EMBEDDED]
LOADING = ["memory", "moto", EMBEDDED]


@dataclass(frozen=True)
class Stored:
    """A store, and a way to put items into it that does not use it."""

    store: StateStore
    put: Callable[[AgentItem], object]


@pytest.fixture
def stored(request: pytest.FixtureRequest) -> Iterator[Stored]:
    if request.param == "memory":
        memory = InMemoryStateStore()
        yield Stored(memory, lambda item: memory.items.update({ActorId.parse(item["agent"]): item}))
        return
    for aws in technology(request, request.param):
        client, table = aws.client("dynamodb"), aws.agents_table()

        def put(item: AgentItem, client: Any = client, table: str = table) -> None:
            client.put_item(TableName=table, Item={name: to_attribute_value(value) for name, value in item.items()})

        yield Stored(DynamoDBStateStore(client, table, AT_ONCE), put)


@pytest.fixture
def store(stored: Stored) -> StateStore:
    return stored.store


committing = pytest.mark.parametrize("stored", COMMITTING, indirect=True)
loading = pytest.mark.parametrize("stored", LOADING, indirect=True)


def item_of(agent: ActorId, version: int, state: str = "{}", token: str | None = None) -> AgentItem:
    outbox = Outbox(frames=(Frame(COLLECTOR, (encode_message(Carried("wörd", 1)),), Sender(agent, "normal", version)),))
    lanes = {"normal": LaneRecord("queue", 10**37 + version, version, outbox)}
    return to_item(
        AgentRecord(
            agent, version, state=state, lanes=lanes, committed_by=token or f"turn-{version}", listed={"ring": "canary"}
        )
    )


def statuses(store: StateStore, items: Sequence[AgentItem]) -> dict[str, CommitStatus]:
    return {str(agent): outcome.status for agent, outcome in store.commit(items).items()}


@loading
def test_agents_that_never_committed_are_absent(store: StateStore):
    assert store.load([AGENT, OTHER]) == {}


@loading
def test_items_are_loaded_as_they_are(stored: Stored):
    stored.put(item_of(AGENT, 7, state='{"name":"ünï"}'))

    loaded = stored.store.load([AGENT, OTHER])

    assert loaded == {AGENT: item_of(AGENT, 7, state='{"name":"ünï"}')}
    assert from_item(loaded[AGENT]).lanes["normal"].handled == 10**37 + 7


@loading
def test_more_agents_than_one_read_takes_are_loaded(stored: Stored):
    agents = [ActorId("runner", f"many-{number}") for number in range(105)]
    for agent in agents:
        stored.put(item_of(agent, 1))

    assert set(stored.store.load(agents)) == set(agents)


@committing
def test_a_first_commit_can_be_loaded(store: StateStore):
    assert statuses(store, [item_of(AGENT, 1)]) == {"runner/r-1": CommitStatus.COMMITTED}
    assert store.load([AGENT]) == {AGENT: item_of(AGENT, 1)}


@committing
def test_a_further_commit_replaces_the_version_before_it(store: StateStore):
    store.commit([item_of(AGENT, 1)])

    assert statuses(store, [item_of(AGENT, 2, state='{"n":2}')]) == {"runner/r-1": CommitStatus.COMMITTED}
    assert store.load([AGENT]) == {AGENT: item_of(AGENT, 2, state='{"n":2}')}


@committing
def test_a_second_first_commit_is_fenced_and_changes_nothing(store: StateStore):
    store.commit([item_of(AGENT, 1, token="winner")])

    assert statuses(store, [item_of(AGENT, 1, state='{"n":9}', token="loser")]) == {"runner/r-1": CommitStatus.FENCED}
    assert store.load([AGENT])[AGENT]["committed_by"] == "winner"


@committing
@pytest.mark.parametrize("version", [2, 4])
def test_a_commit_on_another_version_than_the_stored_one_is_fenced(store: StateStore, version: int):
    for earlier in (1, 2):
        store.commit([item_of(AGENT, earlier, token="winner")])

    assert statuses(store, [item_of(AGENT, version, token="loser")]) == {"runner/r-1": CommitStatus.FENCED}
    assert store.load([AGENT])[AGENT]["version"] == 2


@committing
def test_an_update_of_an_agent_that_never_committed_is_fenced(store: StateStore):
    assert statuses(store, [item_of(AGENT, 2)]) == {"runner/r-1": CommitStatus.FENCED}
    assert store.load([AGENT]) == {}


@committing
def test_a_commit_asked_for_twice_by_one_invocation_counts_as_committed(store: StateStore):
    store.commit([item_of(AGENT, 1)])
    store.commit([item_of(AGENT, 2, token="mine")])

    assert statuses(store, [item_of(AGENT, 2, token="mine")]) == {"runner/r-1": CommitStatus.COMMITTED}


@committing
def test_each_commit_of_a_call_stands_alone(store: StateStore):
    store.commit([item_of(AGENT, 1)])
    others = [item_of(ActorId("runner", f"new-{number}"), 1) for number in range(8)]

    outcomes = statuses(store, [item_of(AGENT, 5), item_of(OTHER, 1), *others])

    assert outcomes.pop("runner/r-1") is CommitStatus.FENCED
    assert set(outcomes.values()) == {CommitStatus.COMMITTED}
    assert len(outcomes) == 9


@committing
def test_of_turns_that_race_for_a_version_one_wins(store: StateStore):
    store.commit([item_of(AGENT, 1)])

    with ThreadPoolExecutor(8) as racers:
        outcomes = list(racers.map(lambda n: store.commit([item_of(AGENT, 2, token=f"racer-{n}")]), range(8)))

    won = [n for n, outcome in enumerate(outcomes) if outcome[AGENT].status is CommitStatus.COMMITTED]
    assert [f"racer-{n}" for n in won] == [store.load([AGENT])[AGENT]["committed_by"]]


@committing
def test_an_item_of_the_largest_size_is_committed(store: StateStore):
    largest = item_of(AGENT, 1, state="x" * 380_000)

    assert statuses(store, [largest]) == {"runner/r-1": CommitStatus.COMMITTED}
    assert store.load([AGENT]) == {AGENT: largest}
