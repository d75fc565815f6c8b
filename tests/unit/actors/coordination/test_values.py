"""The values that agents keep to coordinate others: each is small enough for one row of sentences."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.actors.actor_id import ActorId
from lambdas.actors.coordination.barrier import Barrier
from lambdas.actors.coordination.cache import ENTRIES_LIMIT, Cache, Lookup
from lambdas.actors.coordination.lease import Fence, HeldLease
from lambdas.actors.coordination.pipeline import Delivered, Parcel, Undelivered, dispatch, give_up, pass_on
from lambdas.actors.coordination.work_queue import QUEUE_LIMIT, QueueFullError, WorkQueue
from lambdas.actors.effects import BreakPromise, HoldReply, KeepPromise, Reply, Send

NOON = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
MINUTE = timedelta(minutes=1)


def test_a_barrier_opens_when_the_last_party_has_come_and_begins_another_round():
    barrier, first = Barrier("ready", 2).arrive("a")
    barrier, second = barrier.arrive("b")

    assert first == (HoldReply("ready 1"),)
    assert second == (Reply(1), KeepPromise("ready 1", 1))
    assert barrier == Barrier("ready", 2, round=2)


def test_a_party_that_comes_twice_counts_once():
    barrier, _ = Barrier("ready", 2).arrive("a")
    barrier, again = barrier.arrive("a")

    assert again == (HoldReply("ready 1"),)
    assert barrier.arrived == ("a",)


def test_a_barrier_that_is_given_up_sends_those_who_wait_away():
    barrier, _ = Barrier("ready", 2).arrive("a")

    assert barrier.give_up("too late") == (Barrier("ready", 2, round=2), (BreakPromise("ready 1", "too late"),))


def test_a_lease_is_given_to_one_at_a_time_until_it_ends():
    held = HeldLease().acquire("a", MINUTE, NOON)

    assert held == HeldLease("a", 1, NOON + MINUTE)
    assert held.acquire("b", MINUTE, NOON + MINUTE - timedelta(seconds=1)) is None
    assert held.acquire("b", MINUTE, NOON + MINUTE) == HeldLease("b", 2, NOON + 2 * MINUTE)


def test_a_lease_that_is_released_is_free_and_its_token_never_comes_again():
    released = HeldLease("a", 4, NOON + MINUTE).release(4)

    assert not released.is_held(NOON)
    assert released.acquire("b", MINUTE, NOON).token == 5


def test_a_former_holder_releases_nothing():
    held = HeldLease("b", 2, NOON + MINUTE)

    assert held.release(1) == held
    assert not held.check(1, NOON)
    assert held.check(2, NOON)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 90)), max_size=30))
def test_tokens_only_rise_and_a_fence_never_lets_a_former_holder_through(asks):
    lease, fence, now, given_out = HeldLease(), Fence(), NOON, []
    for holder, seconds in asks:
        now += timedelta(seconds=seconds)
        lease_or_none = lease.acquire(holder, MINUTE, now)
        if lease_or_none is None:
            assert lease.is_held(now)
            assert lease.holder != holder
            continue
        lease = lease_or_none
        fence = fence.admit(lease.token)
        assert fence is not None
        assert all(fence.admit(token) is None for token in given_out)
        given_out.append(lease.token)


def test_work_is_given_out_in_order_and_one_piece_to_a_worker():
    queue, piece = WorkQueue().put("x", "y").take("w1")
    queue, again = queue.take("w1")
    queue, other = queue.take("w2")

    assert (piece, again, other) == ("x", "x", "y")
    assert queue.take("w3")[1] is None


def test_a_piece_of_a_worker_that_is_gone_is_next():
    queue, _ = WorkQueue().put("x", "y").take("w1")

    assert queue.give_back("w1").waiting == ("x", "y")
    assert queue.give_back("nobody") == queue


def test_a_late_word_of_a_piece_that_was_given_to_another_finishes_nothing():
    queue, _ = WorkQueue().put("x", "y").take("w1")
    queue, _ = queue.give_back("w1").take("w2")

    assert queue.done("w1", "x") == queue
    assert queue.done("w2", "x").in_hand == {}


@given(st.lists(st.text(min_size=1), max_size=9))
def test_stealing_loses_nothing_doubles_nothing_and_takes_something_if_there_is(pieces):
    left, stolen = WorkQueue(tuple(pieces)).give_half()

    assert (*left.waiting, *stolen) == tuple(pieces)
    assert bool(stolen) == bool(pieces)


def test_a_queue_takes_as_much_as_is_allowed_and_not_one_more():
    full = WorkQueue().put(*(str(n) for n in range(QUEUE_LIMIT)))

    with pytest.raises(QueueFullError, match="1 pieces do not fit"):
        full.put("one more")


def test_a_parcel_visits_its_stops_and_goes_home():
    parcel = Parcel("1", ("cutter/a", "painter/b"), "shop/s", "chair")

    first = dispatch(parcel)
    second = pass_on(first.message, "2")
    third = pass_on(second.message, "3")

    assert first == Send(ActorId("cutter", "a"), parcel)
    assert second == Send(ActorId("painter", "b"), Parcel("2", ("painter/b",), "shop/s", "chair"))
    assert third == Send(ActorId("shop", "s"), Delivered("chair", "3"))


def test_a_parcel_that_a_stop_refuses_goes_home_with_the_reason():
    parcel = Parcel("1", ("cutter/a", "painter/b"), "shop/s", "chair")

    assert give_up(parcel, "blunt") == Send(ActorId("shop", "s"), Undelivered("chair", "1", "cutter/a", "blunt"))


def cache():
    return Cache(ttl=MINUTE, patience=timedelta(seconds=10))


def test_one_asker_computes_and_the_others_wait_for_it():
    one, first, held = cache().get_or_compute("k", NOON)
    one, second, also_held = one.get_or_compute("k", NOON)
    one, told = one.store("k", "42", NOON)
    _, third, answer = one.get_or_compute("k", NOON)

    assert (first, second, third) == (Lookup.MISSED, Lookup.AWAITED, Lookup.FOUND)
    assert held == also_held == (HoldReply("value of k"),)
    assert told == (KeepPromise("value of k", "42"),)
    assert answer == (Reply("42"),)


def test_a_value_holds_until_it_expires():
    stored, _ = cache().store("k", "42", NOON)

    assert stored.get_or_compute("k", NOON + MINUTE - timedelta(seconds=1))[1] is Lookup.FOUND
    assert stored.get_or_compute("k", NOON + MINUTE)[1] is Lookup.MISSED
    assert stored.forget("k").get_or_compute("k", NOON)[1] is Lookup.MISSED


def test_a_computation_that_takes_too_long_is_begun_again_by_the_next_asker():
    begun, _, _ = cache().get_or_compute("k", NOON)

    assert begun.get_or_compute("k", NOON + timedelta(seconds=9))[1] is Lookup.AWAITED
    assert begun.get_or_compute("k", NOON + timedelta(seconds=10))[1] is Lookup.MISSED


def test_who_waits_for_a_value_that_cannot_be_had_is_told_so():
    begun, _, _ = cache().get_or_compute("k", NOON)
    given_up, told = begun.give_up("k", "the source is gone")

    assert told == (BreakPromise("value of k", "the source is gone"),)
    assert given_up.get_or_compute("k", NOON)[1] is Lookup.MISSED


def test_a_full_cache_makes_room_by_what_expires_first():
    full = cache()
    for number in range(ENTRIES_LIMIT + 1):
        full, _ = full.store(str(number), "v", NOON + timedelta(milliseconds=number))

    assert len(full.entries) == ENTRIES_LIMIT
    assert "0" not in full.entries
