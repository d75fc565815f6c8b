"""What every PromiseStore does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.in_memory.promise_store import InMemoryPromiseStore
from lambdas.actors.outbox import PromiseOutcome
from lambdas.actors.ports import PromiseRecord, PromiseReusedError, PromiseStore
from lambdas.aws.dynamodb_promise_store import DynamoDBPromiseStore
from tests.port_contracts.actors.conftest import AT_ONCE, technology
from tests.port_contracts.actors.technologies import MOTO_LIES

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
PROMISE = PromiseRecord("p-1", "device/d-1", "Describe", NOON + timedelta(seconds=25, microseconds=7))
REPLIED = EncodedAnswer(Outcome.REPLIED, "Description", msgspec.Raw(b'{"text":"\\u00fc","size":1}'))
REJECTED = EncodedAnswer(Outcome.REJECTED, reason="the ring is halted")
TIMED_OUT = EncodedAnswer(Outcome.TIMED_OUT)

EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)
keeping = pytest.mark.parametrize("store", ["memory", pytest.param("moto", marks=MOTO_LIES), EMBEDDED], indirect=True)
making = pytest.mark.parametrize("store", ["memory", "moto", EMBEDDED], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[PromiseStore]:
    if request.param == "memory":
        yield InMemoryPromiseStore()
        return
    for aws in technology(request, request.param):
        yield DynamoDBPromiseStore(aws.client("dynamodb"), aws.runtime_records_table(), AT_ONCE)


@making
def test_a_promise_is_open_once_it_is_made(store: PromiseStore):
    assert store.make(PROMISE, "digest")

    assert store.get("p-1", NOON) == PROMISE


@making
def test_a_promise_that_never_was_is_not_found(store: PromiseStore):
    assert store.get("p-1", NOON) is None


@making
def test_the_same_question_makes_its_promise_once(store: PromiseStore):
    store.make(PROMISE, "digest")

    assert not store.make(replace(PROMISE, deadline=NOON), "digest")

    assert store.get("p-1", NOON) == PROMISE


@making
def test_another_question_cannot_take_the_id_of_a_promise(store: PromiseStore):
    store.make(PROMISE, "digest")

    with pytest.raises(PromiseReusedError, match="p-1 was made for another question; take another id"):
        store.make(replace(PROMISE, agent="device/d-2"), "other digest")

    assert store.get("p-1", NOON) == PROMISE


@keeping
@pytest.mark.parametrize("answer", [REPLIED, REJECTED, TIMED_OUT, EncodedAnswer(Outcome.REPLIED)])
def test_a_kept_promise_has_its_answer(store: PromiseStore, answer: EncodedAnswer):
    store.make(PROMISE, "digest")

    assert not store.keep([PromiseOutcome("p-1", answer)])

    assert store.get("p-1", NOON) == replace(PROMISE, answer=answer)


@keeping
def test_the_first_outcome_of_a_promise_stays(store: PromiseStore):
    store.make(PROMISE, "digest")
    store.keep([PromiseOutcome("p-1", REPLIED)])

    assert not store.keep([PromiseOutcome("p-1", REJECTED)])

    assert store.get("p-1", NOON) == replace(PROMISE, answer=REPLIED)
    assert not store.make(PROMISE, "digest")
    assert store.get("p-1", NOON) == replace(PROMISE, answer=REPLIED)


@keeping
def test_of_two_outcomes_given_at_once_the_first_stays(store: PromiseStore):
    store.make(PROMISE, "digest")

    assert not store.keep([PromiseOutcome("p-1", REPLIED), PromiseOutcome("p-1", REJECTED)])

    assert store.get("p-1", NOON) == replace(PROMISE, answer=REPLIED)


@keeping
def test_an_outcome_for_a_promise_that_is_gone_counts_as_given_and_makes_none(store: PromiseStore):
    assert not store.keep([PromiseOutcome("gone", REPLIED)])

    assert store.get("gone", NOON) is None


@keeping
def test_more_outcomes_than_one_call_takes_are_all_given(store: PromiseStore):
    promises = [replace(PROMISE, promise_id=f"p-{number}") for number in range(30)]
    for promise in promises:
        store.make(promise, "digest")

    assert not store.keep([PromiseOutcome(promise.promise_id, REPLIED) for promise in promises])

    for promise in promises:
        assert store.get(promise.promise_id, NOON) == replace(promise, answer=REPLIED)


@making
def test_a_promise_is_open_until_its_deadline_and_timed_out_from_then_on(store: PromiseStore):
    store.make(PROMISE, "digest")

    assert store.get("p-1", PROMISE.deadline - INSTANT) == PROMISE
    assert store.get("p-1", PROMISE.deadline) == replace(PROMISE, answer=TIMED_OUT)
    assert store.get("p-1", PROMISE.deadline - INSTANT) == replace(PROMISE, answer=TIMED_OUT)


@keeping
def test_an_answer_that_comes_after_a_promise_was_seen_timed_out_changes_nothing(store: PromiseStore):
    store.make(PROMISE, "digest")
    store.get("p-1", PROMISE.deadline)

    assert not store.keep([PromiseOutcome("p-1", REPLIED)])

    assert store.get("p-1", PROMISE.deadline) == replace(PROMISE, answer=TIMED_OUT)


@keeping
def test_an_answer_that_came_first_stays_after_the_deadline(store: PromiseStore):
    store.make(PROMISE, "digest")
    store.keep([PromiseOutcome("p-1", REPLIED)])

    assert store.get("p-1", PROMISE.deadline + timedelta(days=400)) == replace(PROMISE, answer=REPLIED)


@pytest.mark.parametrize("store", [EMBEDDED], indirect=True)
def test_of_an_answer_and_a_timeout_that_race_all_see_the_same_one(store: PromiseStore):
    promises = [replace(PROMISE, promise_id=f"p-{number}") for number in range(20)]
    for promise in promises:
        store.make(promise, "digest")

    def look(promise: PromiseRecord) -> PromiseRecord | None:
        return store.get(promise.promise_id, PROMISE.deadline)

    with ThreadPoolExecutor(8) as pool:
        given = [
            (
                pool.submit(look, promise),
                pool.submit(store.keep, [PromiseOutcome(promise.promise_id, REPLIED)]),
                pool.submit(look, promise),
            )
            for promise in promises
        ]
        seen = [(first.result(timeout=30), last.result(timeout=30)) for first, _, last in given]

    for promise, (first, last) in zip(promises, seen, strict=True):
        assert first == last == look(promise)
        assert first in [replace(promise, answer=answer) for answer in (REPLIED, TIMED_OUT)]
