"""What every DeadLetterStore does."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from lambdas.actors.claims import claim_of
from lambdas.actors.dead_letters import (
    DeadLetter,
    DecidedLetter,
    Decision,
    LetterKind,
    LetterStatus,
    SettledLetter,
    held_letter_id,
    parked_letter_id,
    refused_letter_id,
)
from lambdas.actors.in_memory.dead_letter_store import InMemoryDeadLetterStore
from lambdas.actors.letter_lists import write_cursor
from lambdas.actors.ports import CursorError, DeadLetterStore, LetterDecidedError
from lambdas.aws.dynamodb_dead_letter_store import DynamoDBDeadLetterStore
from lambdas.aws.letter_items import write_open
from tests.port_contracts.actors.conftest import AT_ONCE, technology
from tests.port_contracts.actors.technologies import MOTO_LIES

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
AGENT = "device/d-1"
DROPPED = Decision(LetterStatus.DROPPED, "operator", "of no use any more", NOON + timedelta(hours=1))


EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)
parking = pytest.mark.parametrize("stored", ["memory", pytest.param("moto", marks=MOTO_LIES), EMBEDDED], indirect=True)
reading = pytest.mark.parametrize("stored", ["memory", "moto", EMBEDDED], indirect=True)


@dataclass(frozen=True)
class Stored:
    """A store, and a way to put open letters into it that does not use it."""

    store: DeadLetterStore
    put: Callable[[Sequence[DeadLetter]], object]


@pytest.fixture
def stored(request: pytest.FixtureRequest) -> Iterator[Stored]:
    if request.param == "memory":
        memory = InMemoryDeadLetterStore()
        yield Stored(memory, memory.park)
        return
    for aws in technology(request, request.param):
        client, table = aws.client("dynamodb"), aws.runtime_records_table()

        def put(letters: Sequence[DeadLetter], client: Any = client, table: str = table) -> None:
            for letter in letters:
                client.put_item(TableName=table, Item=write_open(letter))

        yield Stored(DynamoDBDeadLetterStore(client, table, AT_ONCE), put)


@pytest.fixture
def store(stored: Stored) -> DeadLetterStore:
    return stored.store


def held(number: int, agent: str = AGENT) -> DeadLetter:
    return DeadLetter(
        agent,
        held_letter_id(number),
        LetterKind.HELD,
        "the agent is suspended",
        NOON + timedelta(seconds=number),
        "normal",
        body=f'[{{"type":"Carry","data":{{"word":"{number}"}}}}]',
        message_types=("Carry",),
    )


def parked(number: int, agent: str = AGENT, parked_at: datetime = NOON) -> DeadLetter:
    reason = "ValueError: ü"
    return DeadLetter(agent, parked_letter_id("control", number, 2), LetterKind.PARKED, reason, parked_at, "control", 5)


def numbers(letters: list[DecidedLetter]) -> list[int]:
    return [int(kept.letter.letter_id.removeprefix("held/")) for kept in letters]


def listed(store: DeadLetterStore, agent: str | None, limit: int) -> list[DeadLetter]:
    found: list[DeadLetter] = []
    cursor = None
    while True:
        page = store.list(agent, limit, cursor)
        assert len(page.letters) <= limit
        assert all(kept.decision is None for kept in page.letters)
        found += [kept.letter for kept in page.letters]
        cursor = page.cursor
        if cursor is None:
            return found


@parking
def test_a_letter_is_read_as_it_was_parked(store: DeadLetterStore):
    content = b"x" * 300_000
    letters = [
        held(1),
        replace(parked(2), parked_at=NOON + timedelta(microseconds=7)),
        replace(parked(3), claim=claim_of(content), message_types=("Carry", "Carried")),
        DeadLetter(AGENT, refused_letter_id("m-1"), LetterKind.REFUSED, "not a frame", NOON, "normal", body='{"\\"'),
        DeadLetter("nobody", refused_letter_id("m-2"), LetterKind.REFUSED, "no address", NOON, "normal", body=""),
    ]

    assert not store.park(letters)

    for letter in letters:
        assert store.get(letter.agent, letter.letter_id) == DecidedLetter(letter)


@reading
def test_a_letter_that_never_was_is_not_found(stored: Stored, store: DeadLetterStore):
    stored.put([held(1)])

    assert store.get(AGENT, held_letter_id(2)) is None
    assert store.get("device/other", held_letter_id(1)) is None


@parking
def test_parking_again_changes_nothing(store: DeadLetterStore):
    store.park([held(1)])

    assert not store.park([replace(held(1), reason="later", body="[]")])

    assert store.get(AGENT, held_letter_id(1)) == DecidedLetter(held(1))


@parking
def test_of_one_letter_parked_twice_at_once_the_first_is_kept(store: DeadLetterStore):
    assert not store.park([held(1), replace(held(1), reason="later")])

    assert store.get(AGENT, held_letter_id(1)) == DecidedLetter(held(1))


@parking
def test_more_letters_than_one_call_takes_are_all_kept(store: DeadLetterStore):
    letters = [held(number) for number in range(1, 61)]

    assert not store.park(letters)

    assert list(store.held(AGENT, 1, 60)) == [DecidedLetter(letter) for letter in letters]


@reading
def test_held_messages_are_read_in_order_within_their_window(stored: Stored, store: DeadLetterStore):
    stored.put([held(number) for number in (12, 2, 10, 1, 11, 4, 13)])
    stored.put([parked(1), held(3, "device/d-10")])

    assert numbers(list(store.held(AGENT, 2, 12))) == [2, 4, 10, 11, 12]
    assert numbers(list(store.held(AGENT, 13, 13))) == [13]
    assert not store.held(AGENT, 14, 23)


@reading
def test_held_messages_that_were_decided_on_are_read_with_the_decision(stored: Stored, store: DeadLetterStore):
    stored.put([held(1), held(2)])
    store.decide(AGENT, held_letter_id(1), DROPPED)

    assert [kept.decision for kept in store.held(AGENT, 1, 2)] == [DROPPED, None]


@reading
def test_large_held_messages_are_read_although_one_answer_cannot_hold_them(stored: Stored, store: DeadLetterStore):
    letters = [replace(held(number), body="x" * 300_000) for number in range(1, 9)]
    for letter in letters:
        stored.put([letter])

    assert [kept.letter for kept in store.held(AGENT, 1, 10)] == letters
    assert len(listed(store, None, 3)) == 8


@reading
def test_what_was_decided_is_kept_with_the_letter(stored: Stored, store: DeadLetterStore):
    stored.put([held(1)])

    store.decide(AGENT, held_letter_id(1), DROPPED)

    assert store.get(AGENT, held_letter_id(1)) == DecidedLetter(held(1), DROPPED)


@reading
def test_a_letter_is_decided_on_once(stored: Stored, store: DeadLetterStore):
    stored.put([held(1)])
    store.decide(AGENT, held_letter_id(1), DROPPED)

    with pytest.raises(LetterDecidedError, match="is not open"):
        store.decide(AGENT, held_letter_id(1), replace(DROPPED, status=LetterStatus.REPLAYED))
    assert store.get(AGENT, held_letter_id(1)) == DecidedLetter(held(1), DROPPED)


@reading
def test_a_decision_that_is_made_again_has_been_made(stored: Stored, store: DeadLetterStore):
    stored.put([held(1)])

    for _ in range(2):
        store.decide(AGENT, held_letter_id(1), DROPPED)

    assert store.get(AGENT, held_letter_id(1)) == DecidedLetter(held(1), DROPPED)


@reading
def test_a_letter_that_never_was_cannot_be_decided_on(store: DeadLetterStore):
    with pytest.raises(LetterDecidedError, match=r"held/000000000001 of device/d-1 is not open"):
        store.decide(AGENT, held_letter_id(1), DROPPED)
    assert store.get(AGENT, held_letter_id(1)) is None


@reading
def test_held_messages_are_settled_by_number(stored: Stored, store: DeadLetterStore):
    replayed = replace(DROPPED, status=LetterStatus.REPLAYED)
    stored.put([held(1), held(2), held(3), held(1, "device/other")])

    assert not store.settle([SettledLetter(AGENT, 1, replayed), SettledLetter(AGENT, 3, DROPPED)])

    assert [kept.decision for kept in store.held(AGENT, 1, 3)] == [replayed, None, DROPPED]
    assert {kept.letter for kept in store.list(None, 10).letters} == {held(2), held(1, "device/other")}


@reading
def test_the_first_word_on_a_held_message_stays_and_a_further_one_counts_as_noted(
    stored: Stored, store: DeadLetterStore
):
    stored.put([held(1)])
    store.settle([SettledLetter(AGENT, 1, DROPPED)])

    later = SettledLetter(AGENT, 1, replace(DROPPED, status=LetterStatus.REPLAYED))
    assert not store.settle([later, SettledLetter(AGENT, 1, DROPPED)])

    assert store.get(AGENT, held_letter_id(1)) == DecidedLetter(held(1), DROPPED)


@reading
def test_a_word_on_a_held_message_that_is_gone_counts_as_noted_and_makes_none(store: DeadLetterStore):
    assert not store.settle([SettledLetter(AGENT, 1, DROPPED)])
    assert store.get(AGENT, held_letter_id(1)) is None


@parking
def test_a_letter_that_was_decided_on_does_not_open_again_when_a_repeat_parks_it(store: DeadLetterStore):
    store.park([parked(1)])
    store.decide(AGENT, parked(1).letter_id, DROPPED)

    assert not store.park([parked(1), parked(2)])

    assert store.get(AGENT, parked(1).letter_id) == DecidedLetter(parked(1), DROPPED)
    assert [kept.letter for kept in store.list(None, 10).letters] == [parked(2)]


@reading
def test_open_letters_of_one_agent_are_listed_in_their_order(stored: Stored, store: DeadLetterStore):
    letters = [*(held(number) for number in range(1, 13)), *(parked(number) for number in range(1, 13))]
    stored.put([*reversed(letters), held(1, "device/d-10"), held(1, "device/d")])
    store.decide(AGENT, held_letter_id(4), DROPPED)
    del letters[3]

    for limit in (1, 5, 23, 100):
        assert listed(store, AGENT, limit) == letters


@reading
def test_open_letters_of_all_agents_are_listed_newest_first_each_once(stored: Stored, store: DeadLetterStore):
    letters = [parked(number, f"device/d-{number}", NOON + timedelta(milliseconds=number)) for number in range(30)]
    stored.put(letters)
    store.decide("device/d-7", letters[7].letter_id, DROPPED)
    del letters[7]

    for limit in (1, 7, 29, 100):
        assert listed(store, None, limit) == letters[::-1]


@reading
def test_letters_of_one_moment_are_listed_each_once(stored: Stored, store: DeadLetterStore):
    letters = [parked(number, f"device/d-{number % 3}") for number in range(25)]
    stored.put(letters)

    for limit in (1, 4, 25):
        found = listed(store, None, limit)
        assert len(found) == 25
        assert set(found) == set(letters)


@reading
def test_letters_are_listed_by_time_whatever_the_clock_they_were_written_by(stored: Stored, store: DeadLetterStore):
    east = NOON.astimezone(timezone(timedelta(hours=9))) + timedelta(minutes=1)
    letters = [parked(1, "device/a", NOON), parked(2, "device/b", east), parked(3, "device/c", NOON - timedelta(1))]
    stored.put(letters)

    assert [letter.agent for letter in listed(store, None, 10)] == ["device/b", "device/a", "device/c"]


@reading
def test_the_last_page_has_no_cursor_also_when_it_is_full(stored: Stored, store: DeadLetterStore):
    stored.put([parked(1), parked(2)])

    for agent in (AGENT, None):
        page = store.list(agent, 2)
        assert (len(page.letters), page.cursor) == (2, None)


@reading
def test_no_letters_are_an_empty_page(store: DeadLetterStore):
    for agent in (AGENT, None):
        page = store.list(agent, 10)
        assert (page.letters, page.cursor) == ((), None)


@reading
@pytest.mark.parametrize("agent", [AGENT, None])
def test_a_page_goes_on_behind_a_letter_that_was_decided_on_meanwhile(
    stored: Stored, store: DeadLetterStore, agent: str | None
):
    letters = [parked(number, parked_at=NOON - timedelta(minutes=number)) for number in range(4)]
    stored.put(letters)

    first = store.list(agent, 2)
    store.decide(AGENT, letters[1].letter_id, DROPPED)
    rest = store.list(agent, 2, first.cursor)

    assert [kept.letter for kept in (*first.letters, *rest.letters)] == letters


@reading
@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "ü",
        "bm9uc2Vuc2U=",
        urlsafe_b64encode(b"[]").decode(),
        urlsafe_b64encode(b'[null,"2026-01-01T12:00:00+00:00"]').decode(),
        urlsafe_b64encode(b'[null,"2026-01-01T12:00:00#device/d#held/1"]').decode(),
        urlsafe_b64encode(b'["device/d-1",""]').decode(),
        urlsafe_b64encode(b'["device/d-1","' + b"x" * 1001 + b'"]').decode(),
        write_cursor(held(1, "device/other"), "device/other"),
    ],
)
def test_a_cursor_of_something_else_is_refused(store: DeadLetterStore, cursor: str):
    for agent in (AGENT, None):
        with pytest.raises(CursorError, match="begin without one"):
            store.list(agent, 10, cursor)


@reading
def test_the_cursor_of_one_list_is_refused_by_the_other(store: DeadLetterStore):
    with pytest.raises(CursorError, match="another list"):
        store.list(AGENT, 10, write_cursor(held(1), None))
    with pytest.raises(CursorError, match="another list"):
        store.list(None, 10, write_cursor(held(1), AGENT))
