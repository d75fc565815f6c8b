"""What every Journal does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.in_memory.claim_store import InMemoryClaimStore
from lambdas.actors.in_memory.journal import InMemoryJournal
from lambdas.actors.journal import JournalEntry, digest_of, pack_content
from lambdas.actors.journal_cursor import CURSOR_DIGITS
from lambdas.actors.ports import CursorError, Journal
from lambdas.actors.turn_inputs import Told, TurnInputs
from lambdas.aws.dynamodb_journal import CONTENT_LIMIT_BYTES, DynamoDBJournal
from lambdas.aws.s3_claim_store import S3ClaimStore
from tests.port_contracts.actors.conftest import AT_ONCE, technology
from tests.port_contracts.actors.technologies import Aws
from tests.unit.actors.recorded_life import NOON, incompressible

TECHNOLOGIES = ["memory", "moto", pytest.param("embedded", marks=pytest.mark.embedded)]
AGENT = ActorId("device", "d-1")
OTHER = ActorId("batch", "deploy-1/canary/1")


@pytest.fixture(params=TECHNOLOGIES)
def journal(request: pytest.FixtureRequest) -> Iterator[Journal]:
    if request.param == "memory":
        yield InMemoryJournal()
        return
    for aws in technology(request, request.param):
        claims = S3ClaimStore(aws.client("s3"), aws.bucket(), AT_ONCE)
        yield DynamoDBJournal(aws.client("dynamodb"), aws.journal_table(), claims, backoff=AT_ONCE)


def entry_of(version: int, agent: ActorId = AGENT, state: str | None = None) -> JournalEntry:
    turn = TurnInputs(NOON, "normal", (Told("Note", msgspec.Raw(b'{"text":"w\xc3\xb6rd"}')),))
    committed = state or f'{{"version":{version}}}'
    return JournalEntry(agent, version, NOON, f"run-{version}", 1, digest_of(committed), len(committed), turn, state)


def whole(version: int) -> JournalEntry:
    return entry_of(version, state=f'{{"version":{version}}}')


def kept(journal: Journal, *entries: JournalEntry) -> Journal:
    assert list(journal.append(entries)) == []
    return journal


def versions(journal: Journal, limit: int, cursor: str | None = None) -> tuple[list[int], str | None]:
    page = journal.page(AGENT, limit, cursor)
    return [entry.version for entry in page.entries], page.cursor


def test_an_agent_without_entries_has_an_empty_journal(journal: Journal):
    assert versions(journal, 10) == ([], None)
    assert list(journal.span(AGENT, 1, 5)) == []
    assert list(journal.lead_up(AGENT, 5)) == []


def test_entries_are_read_as_they_were_kept(journal: Journal):
    entries = [entry_of(1), whole(2), replace(whole(3), turn=None)]

    kept(journal, *entries)

    assert list(journal.span(AGENT, 1, 3)) == entries


def test_entries_are_paged_newest_first_and_the_last_page_has_no_cursor(journal: Journal):
    kept(journal, *[entry_of(version) for version in range(1, 8)])

    assert versions(journal, 3) == ([7, 6, 5], "5")
    assert versions(journal, 3, "5") == ([4, 3, 2], "2")
    assert versions(journal, 3, "2") == ([1], None)
    assert versions(journal, 7) == ([7, 6, 5, 4, 3, 2, 1], None)


@pytest.mark.parametrize("cursor", ["", "-1", "x", "1.5", "²", "9" * (CURSOR_DIGITS + 1)])
def test_a_cursor_of_something_else_is_refused(journal: Journal, cursor: str):
    with pytest.raises(CursorError, match="begin without one"):
        journal.page(AGENT, 10, cursor)


def test_the_longest_cursor_is_read(journal: Journal):
    kept(journal, entry_of(1))

    assert versions(journal, 10, "9" * CURSOR_DIGITS) == ([1], None)


def test_journals_of_agents_are_kept_apart(journal: Journal):
    kept(journal, entry_of(1), entry_of(1, OTHER), entry_of(2, OTHER))

    assert versions(journal, 10) == ([1], None)
    assert [entry.version for entry in journal.page(OTHER, 10).entries] == [2, 1]


def test_keeping_twice_is_keeping_once(journal: Journal):
    kept(journal, entry_of(1), entry_of(2))
    kept(journal, entry_of(2), entry_of(3), entry_of(3))

    assert versions(journal, 10) == ([3, 2, 1], None)


def test_more_entries_than_one_write_takes_are_kept(journal: Journal):
    kept(journal, *[entry_of(version) for version in range(1, 61)])

    assert len(journal.span(AGENT, 1, 60)) == 60
    assert [entry.version for entry in journal.span(AGENT, 20, 22)] == [20, 21, 22]


def test_what_leads_up_to_a_version_begins_at_the_latest_stored_state_before_it(journal: Journal):
    kept(journal, entry_of(1), whole(2), entry_of(3), entry_of(4), whole(5), entry_of(6))

    assert [entry.version for entry in journal.lead_up(AGENT, 4)] == [2, 3, 4]
    assert [entry.version for entry in journal.lead_up(AGENT, 5)] == [2, 3, 4, 5]
    assert [entry.version for entry in journal.lead_up(AGENT, 6)] == [5, 6]
    assert [entry.version for entry in journal.lead_up(AGENT, 2)] == [1, 2]


def test_an_altered_state_is_passed_over_on_the_way_to_a_stored_one(journal: Journal):
    kept(journal, whole(1), replace(whole(2), state='{"version":9}'), entry_of(3))

    assert [entry.version for entry in journal.lead_up(AGENT, 3)] == [1, 2, 3]


def test_a_long_way_to_a_stored_state_is_read_whole(journal: Journal):
    kept(journal, whole(1), *[entry_of(version) for version in range(2, 50)])

    assert [entry.version for entry in journal.lead_up(AGENT, 49)] == list(range(1, 50))


def test_an_entry_larger_than_an_item_is_kept_and_read(journal: Journal):
    state = msgspec.json.encode({"log": incompressible(900_000)}).decode()

    kept(journal, entry_of(1, state=state))

    assert [entry.state for entry in journal.span(AGENT, 1, 1)] == [state]


def large_entry_in(client: Any, claims: InMemoryClaimStore, aws: Aws) -> tuple[DynamoDBJournal, JournalEntry]:
    journal = DynamoDBJournal(client, aws.journal_table(), claims, backoff=AT_ONCE)
    entry = entry_of(20, state=msgspec.json.encode({"log": incompressible(3 * CONTENT_LIMIT_BYTES)}).decode())
    kept(journal, entry)
    return journal, entry


def test_a_large_entry_whose_claim_is_gone_has_lost_state_and_turn(aws: Aws):
    claims = InMemoryClaimStore()
    journal, entry = large_entry_in(aws.client("dynamodb"), claims, aws)
    claims.contents.clear()

    assert list(journal.span(AGENT, 20, 20)) == [replace(entry, state=None, turn=None)]


def test_content_up_to_its_limit_is_in_the_item(aws: Aws, monkeypatch: pytest.MonkeyPatch):
    claims = InMemoryClaimStore()
    journal = DynamoDBJournal(aws.client("dynamodb"), aws.journal_table(), claims, backoff=AT_ONCE)
    size = len(pack_content(whole(1)))

    monkeypatch.setattr("lambdas.aws.dynamodb_journal.CONTENT_LIMIT_BYTES", size)
    kept(journal, whole(1))
    assert not claims.contents

    monkeypatch.setattr("lambdas.aws.dynamodb_journal.CONTENT_LIMIT_BYTES", size - 1)
    kept(journal, whole(1))
    assert list(claims.contents.values()) == [pack_content(whole(1))]
    assert list(journal.span(AGENT, 1, 1)) == [whole(1)]


def test_an_entry_expires_after_its_retention(aws: Aws):
    table = aws.journal_table()
    journal = DynamoDBJournal(
        aws.client("dynamodb"), table, InMemoryClaimStore(), retention=timedelta(days=2), backoff=AT_ONCE
    )
    kept(journal, entry_of(1))

    (item,) = aws.client("dynamodb").scan(TableName=table)["Items"]

    assert int(item["expires_at"]["N"]) == int((NOON + timedelta(days=2)).timestamp())


def test_an_ordinary_entry_costs_one_write_unit(aws: Aws):
    table = aws.journal_table()
    journal = DynamoDBJournal(aws.client("dynamodb"), table, InMemoryClaimStore(), backoff=AT_ONCE)
    kept(journal, entry_of(1, ActorId("device", "laptop-0123456789"), incompressible(460)))

    (item,) = aws.client("dynamodb").scan(TableName=table)["Items"]

    assert size_bytes(item) <= 1024


def size_bytes(item: dict[str, Any]) -> int:
    """Count a flat item as DynamoDB does, and never less."""
    sizes = {"S": lambda text: len(text.encode()), "N": lambda digits: len(digits) // 2 + 3, "B": len}
    return sum(len(name) + sizes[kind](value) for name, typed in item.items() for kind, value in typed.items())
