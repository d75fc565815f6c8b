"""What every MarkStore does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.in_memory.mark_store import InMemoryMarkStore
from lambdas.actors.outbox import EvictedMark
from lambdas.actors.ports import MarkStore
from lambdas.aws.dynamodb_mark_store import DynamoDBMarkStore, mark_key
from tests.port_contracts.actors.conftest import AT_ONCE, technology
from tests.port_contracts.actors.technologies import MOTO_LIES

DEVICE = ActorId("device", "d-1")
OTHER = ActorId("device", "d-2")
DAY = 20_450

EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)
remembering = pytest.mark.parametrize(
    "stored", ["memory", pytest.param("moto", marks=MOTO_LIES), EMBEDDED], indirect=True
)
reading = pytest.mark.parametrize("stored", ["memory", "moto", EMBEDDED], indirect=True)


@dataclass(frozen=True)
class Stored:
    """A store, and a way to put a mark into it that does not use it."""

    store: MarkStore
    put: Callable[[EvictedMark], object]


@pytest.fixture
def stored(request: pytest.FixtureRequest) -> Iterator[Stored]:
    if request.param == "memory":
        memory = InMemoryMarkStore()
        yield Stored(memory, lambda mark: memory.remember([mark]))
        return
    for aws in technology(request, request.param):
        client, table = aws.client("dynamodb"), aws.runtime_records_table()

        def put(mark: EvictedMark, client: Any = client, table: str = table) -> None:
            item = mark_key(mark.agent, mark.name) | {"sequence": {"N": str(mark.sequence)}}
            client.put_item(TableName=table, Item=item)

        yield Stored(DynamoDBMarkStore(client, table, AT_ONCE), put)


@pytest.fixture
def store(stored: Stored) -> MarkStore:
    return stored.store


def mark(sequence: int, name: str = "batch/b|normal|normal", agent: ActorId = DEVICE) -> EvictedMark:
    return EvictedMark(agent, name, sequence, DAY)


@reading
def test_marks_are_read_by_agent_and_name_and_others_are_absent(stored: Stored, store: MarkStore):
    stored.put(mark(7))
    stored.put(mark(8, "task/t|normal|normal"))
    stored.put(mark(9, agent=OTHER))
    wanted = [(DEVICE, mark(7).name), (OTHER, mark(9).name), (OTHER, "task/t|normal|normal"), (DEVICE, "never")]

    assert store.read(wanted) == {(DEVICE, mark(7).name): 7, (OTHER, mark(9).name): 9}
    assert store.read([]) == {}


@reading
def test_a_mark_asked_for_twice_is_read(stored: Stored, store: MarkStore):
    stored.put(mark(7))

    assert store.read([(DEVICE, mark(7).name)] * 2) == {(DEVICE, mark(7).name): 7}


@reading
def test_more_marks_than_one_call_takes_are_read(stored: Stored, store: MarkStore):
    names = [f"batch/b-{number}|normal|normal" for number in range(130)]
    for number, name in enumerate(names):
        stored.put(mark(number, name))

    assert store.read([(DEVICE, name) for name in names]) == {(DEVICE, name): n for n, name in enumerate(names)}


@remembering
def test_a_mark_is_read_as_it_was_remembered(store: MarkStore):
    largest = 2**60 - 1

    assert not store.remember([mark(0), mark(largest, "request|key")])

    assert store.read([(DEVICE, mark(0).name), (DEVICE, "request|key")]) == {
        (DEVICE, mark(0).name): 0,
        (DEVICE, "request|key"): largest,
    }


@remembering
def test_of_one_mark_the_highest_sequence_is_kept_whatever_comes_last(store: MarkStore):
    for sequence in (5, 3, 5, 9, 7):
        assert not store.remember([mark(sequence)])

    assert store.read([(DEVICE, mark(0).name)]) == {(DEVICE, mark(0).name): 9}


@remembering
def test_of_one_mark_remembered_several_times_at_once_the_highest_sequence_is_kept(store: MarkStore):
    assert not store.remember([mark(5), mark(9), mark(7)])
    assert not store.remember([mark(10), mark(8), mark(3)])

    assert store.read([(DEVICE, mark(0).name)]) == {(DEVICE, mark(0).name): 10}


@remembering
def test_more_marks_than_one_call_takes_are_remembered_new_ones_and_known_ones(store: MarkStore):
    store.remember([mark(1, f"batch/b-{number}|normal|normal") for number in range(0, 60, 2)])

    assert not store.remember([mark(2, f"batch/b-{number}|normal|normal") for number in range(60)])

    names = [(DEVICE, f"batch/b-{number}|normal|normal") for number in range(60)]
    assert store.read(names) == dict.fromkeys(names, 2)


@remembering
def test_long_and_unusual_names_are_told_apart(store: MarkStore):
    names = ["ü" * 1000, "ü" * 999 + "x", "x" * 1000, "x" * 1001, "#|' \""]

    assert not store.remember([mark(number, name) for number, name in enumerate(names)])

    assert store.read([(DEVICE, name) for name in names]) == {(DEVICE, name): n for n, name in enumerate(names)}
