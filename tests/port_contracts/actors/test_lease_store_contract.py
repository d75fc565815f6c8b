"""What every LeaseStore and Cursors does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.actors.cursors import Cursors
from lambdas.actors.in_memory.cursors import InMemoryCursors
from lambdas.actors.in_memory.lease_store import InMemoryLeaseStore
from lambdas.actors.leases import Lease, LeaseStore, under_lease
from lambdas.aws.dynamodb_cursors import DynamoDBCursors
from lambdas.aws.dynamodb_lease_store import DynamoDBLeaseStore
from tests.port_contracts.actors.conftest import technology

TECHNOLOGIES = ["memory", "moto", pytest.param("embedded", marks=pytest.mark.embedded)]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Kept:
    leases: LeaseStore
    cursors: Cursors


@pytest.fixture(params=TECHNOLOGIES)
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    if request.param == "memory":
        yield Kept(InMemoryLeaseStore(), InMemoryCursors())
        return
    for aws in technology(request, request.param):
        client, table = aws.client("dynamodb"), aws.runtime_records_table()
        yield Kept(DynamoDBLeaseStore(client, table), DynamoDBCursors(client, table))


def taken(leases: LeaseStore, holder: str, at: datetime = NOON, name: str = "sweep") -> Lease:
    lease = leases.acquire(name, holder, MINUTE, at)
    assert lease is not None
    return lease


def test_a_lease_that_nobody_holds_is_given(kept: Kept):
    lease = taken(kept.leases, "run-1")

    assert lease == Lease("sweep", "run-1", 1, NOON + MINUTE)
    assert kept.leases.check(lease, NOON)


def test_one_holder_has_a_lease_at_a_time(kept: Kept):
    taken(kept.leases, "run-1")

    assert kept.leases.acquire("sweep", "run-2", MINUTE, NOON + MINUTE - timedelta(microseconds=1)) is None
    assert taken(kept.leases, "run-2", NOON + MINUTE).token == 2


def test_leases_of_different_names_do_not_meet(kept: Kept):
    first, other = taken(kept.leases, "run-1"), taken(kept.leases, "run-2", name="other")

    assert (first.token, other.token) == (1, 1)
    assert kept.leases.check(first, NOON)
    assert kept.leases.check(other, NOON)


def test_the_token_rises_with_every_lease_also_after_a_release(kept: Kept):
    tokens = []
    for number in range(4):
        lease = taken(kept.leases, f"run-{number}")
        kept.leases.release(lease)
        tokens.append(lease.token)

    assert tokens == [1, 2, 3, 4]


def test_a_holder_that_asks_again_gets_a_later_lease_and_its_first_one_holds_no_more(kept: Kept):
    first = taken(kept.leases, "run-1")
    second = taken(kept.leases, "run-1", NOON + MINUTE / 2)

    assert (second.token, second.ends) == (2, NOON + 1.5 * MINUTE)
    assert not kept.leases.check(first, NOON + MINUTE / 2)
    assert kept.leases.check(second, NOON + MINUTE / 2)


def test_a_released_lease_can_be_taken_at_once_and_holds_no_more(kept: Kept):
    lease = taken(kept.leases, "run-1")
    kept.leases.release(lease)

    assert not kept.leases.check(lease, NOON)
    assert taken(kept.leases, "run-2").holder == "run-2"


def test_a_lease_holds_until_its_end_and_no_longer(kept: Kept):
    lease = taken(kept.leases, "run-1")

    assert kept.leases.check(lease, NOON + MINUTE - timedelta(microseconds=1))
    assert not kept.leases.check(lease, NOON + MINUTE)


def test_a_holder_that_slept_too_long_releases_nothing_of_its_follower(kept: Kept):
    slept = taken(kept.leases, "run-1")
    follower = taken(kept.leases, "run-2", NOON + MINUTE)

    kept.leases.release(slept)

    assert kept.leases.check(follower, NOON + MINUTE)
    assert kept.leases.acquire("sweep", "run-3", MINUTE, NOON + MINUTE) is None


def test_a_lease_that_was_never_given_does_not_hold(kept: Kept):
    assert not kept.leases.check(Lease("nobody's", "run-1", 1, NOON + MINUTE), NOON)


def test_a_block_under_a_lease_releases_it_also_when_it_raises(kept: Kept):
    def breaks() -> None:
        with under_lease(kept.leases, "sweep", "run-1", MINUTE, lambda: NOON):
            raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        breaks()

    assert taken(kept.leases, "run-2").token == 2


def test_a_block_learns_that_another_has_the_lease(kept: Kept):
    holder = taken(kept.leases, "run-1")

    with under_lease(kept.leases, "sweep", "run-2", MINUTE, lambda: NOON) as lease:
        assert lease is None

    assert kept.leases.check(holder, NOON)


def test_a_cursor_is_where_it_was_last_put(kept: Kept):
    assert kept.cursors.read("sweep") is None
    assert kept.cursors.advance("sweep", "a", token=1)
    assert kept.cursors.advance("sweep", "", token=1)

    assert kept.cursors.read("sweep") == ""
    assert kept.cursors.read("other") is None


def test_a_holder_that_slept_too_long_does_not_put_a_cursor_back(kept: Kept):
    assert kept.cursors.advance("sweep", "later", token=2)

    assert not kept.cursors.advance("sweep", "earlier", token=1)
    assert kept.cursors.read("sweep") == "later"
