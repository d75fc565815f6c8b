"""The worker over in-memory ports: each call ends done, waiting or as a letter."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.actors.call_out_worker import UNAVAILABLE_WAIT, CallOutReport, CallOutWorker
from lambdas.actors.call_outs import Answer, Answered, NotSent, Unreached, WaitingCall
from lambdas.actors.circuit_breaker import PROBE_PATIENCE, CircuitBreaker
from lambdas.actors.circuits import Circuit, CircuitStatus
from lambdas.actors.dead_letters import DeadLetter, LetterKind
from lambdas.actors.in_memory.circuit_states import InMemoryCircuitStates
from lambdas.actors.in_memory.dead_letter_store import InMemoryDeadLetterStore
from lambdas.actors.outbox import ExternalCall
from lambdas.actors.ports import PortUnavailableError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@dataclass
class Outside:
    """Destinations that answer as the test says."""

    answer: Callable[[ExternalCall], Answer] = lambda call: Answered(204)
    posted: list[ExternalCall] = field(default_factory=list)
    names: Collection[str] = ("erp", "crm")

    def post(self, calls: Sequence[ExternalCall]) -> Sequence[Answer]:
        self.posted += calls
        return [self.answer(call) for call in calls]


class UnavailableCircuits(InMemoryCircuitStates):
    def read(self, destination: str) -> Circuit:
        raise PortUnavailableError("table is away")


class FullLetters(InMemoryDeadLetterStore):
    def park(self, letters: Sequence[DeadLetter]) -> Collection[int]:
        return range(len(letters))


@dataclass
class World:
    outside: Outside = field(default_factory=Outside)
    circuits: InMemoryCircuitStates = field(default_factory=InMemoryCircuitStates)
    letters: InMemoryDeadLetterStore = field(default_factory=InMemoryDeadLetterStore)
    now: datetime = NOON
    share: float = 0.0
    number: int = 0

    def handle(self, *calls: WaitingCall) -> CallOutReport:
        worker = CallOutWorker(
            self.outside, CircuitBreaker(self.circuits), self.letters, lambda: self.now, lambda: self.share
        )
        self.number += 1
        return worker.handle(calls, f"run-{self.number}")

    def open_letters(self) -> list[DeadLetter]:
        return [decided.letter for decided in self.letters.list(None, 100).letters]


def call(number: int = 1, destination: str = "erp", sent_at: datetime = NOON, receives: int = 1) -> WaitingCall:
    return WaitingCall(f"m-{number}", ExternalCall(destination, "{}", f"device/d-1/7/{number}"), sent_at, receives)


@pytest.fixture
def world() -> World:
    return World()


def test_what_is_taken_is_done(world: World):
    report = world.handle(call(1), call(2, "crm"))

    assert report.done == ["m-1", "m-2"]
    assert [posted.idempotency_key for posted in world.outside.posted] == ["device/d-1/7/1", "device/d-1/7/2"]
    assert not report.again
    assert not world.open_letters()


@pytest.mark.parametrize(("receives", "share", "seconds"), [(1, 0.0, 1), (2, 0.0, 2), (3, 1.0, 2), (20, 0.0, 300)])
def test_what_fails_comes_again_later_each_time(world: World, receives: int, share: float, seconds: int):
    world.outside.answer, world.share = lambda call: Unreached("refused"), share

    report = world.handle(call(receives=receives))

    assert report.again == {"m-1": seconds * SECOND}
    assert report.reasons == {"m-1": "refused"}


def test_a_destination_is_left_alone_as_long_as_it_asks(world: World):
    world.outside.answer = lambda call: Answered(429, 90 * SECOND)

    assert world.handle(call()).again == {"m-1": 90 * SECOND}


def test_a_backoff_longer_than_what_was_asked_for_stands(world: World):
    world.outside.answer = lambda call: Answered(503, 1 * SECOND)

    assert world.handle(call(receives=8)).again == {"m-1": 128 * SECOND}


def test_what_is_refused_is_a_letter_at_once(world: World):
    world.outside.answer = lambda call: Answered(422, said="no such order")

    report = world.handle(call())

    (letter,) = world.open_letters()
    assert (letter.kind, letter.reason) == (LetterKind.REFUSED, "answered 422: no such order")
    assert letter.agent == "call_out/erp"
    assert not report.again


def test_an_unknown_destination_is_a_letter_that_names_the_known_ones(world: World):
    world.handle(call(destination="epr"))

    (letter,) = world.open_letters()
    assert letter.agent == "call_out/epr"
    assert "destination 'epr' is not known, known are: crm, erp" in letter.reason
    assert not world.outside.posted


def test_after_a_day_a_call_that_fails_is_parked(world: World):
    world.outside.answer = lambda call: Answered(500)

    world.handle(call(1, sent_at=NOON - 24 * HOUR), call(2, sent_at=NOON - 24 * HOUR + SECOND))

    (letter,) = world.open_letters()
    assert (letter.kind, letter.letter_id) == (LetterKind.PARKED, "parked/device/d-1/7/1/m-1")
    assert letter.reason == "tried since 2026-11-19T12:00:00+00:00, last: answered 500"


def test_after_a_day_a_call_that_succeeds_is_done(world: World):
    assert world.handle(call(sent_at=NOON - 25 * HOUR)).done == ["m-1"]


def test_a_letter_that_cannot_be_kept_is_a_call_that_comes_again(world: World):
    world.letters = FullLetters()

    report = world.handle(call(destination="epr"))

    assert report.again == {"m-1": UNAVAILABLE_WAIT}
    assert not report.given_up


def test_five_failures_open_the_circuit_and_further_calls_do_not_leave(world: World):
    world.outside.answer = lambda call: Answered(503)

    first = world.handle(*[call(number) for number in range(5)])
    second = world.handle(call(6), call(7, "crm"))

    assert first.opened == {"erp"}
    assert second.held_by == {"erp"}
    assert second.again["m-6"] == 5 * SECOND
    assert len(world.outside.posted) == 6, "only the other destination's call left"


def test_calls_held_by_a_circuit_do_not_all_come_back_at_once(world: World):
    world.circuits.circuits["erp"] = Circuit(CircuitStatus.OPEN, 1, cool_downs=1, until=NOON + 60 * SECOND)
    world.share = 1.0

    assert world.handle(call()).again == {"m-1": 90 * SECOND}


def test_a_call_held_for_a_day_is_parked(world: World):
    world.circuits.circuits["erp"] = Circuit(CircuitStatus.OPEN, 1, cool_downs=1, until=NOON + 60 * SECOND)

    world.handle(call(sent_at=NOON - 24 * HOUR))

    (letter,) = world.open_letters()
    assert letter.reason.endswith("last: the circuit of erp is open")


def test_after_the_cool_down_one_call_of_a_batch_tries(world: World):
    world.circuits.circuits["erp"] = Circuit(CircuitStatus.OPEN, 1, cool_downs=1, until=NOON)

    report = world.handle(*[call(number) for number in range(4)])

    assert report.done == ["m-0"]
    assert set(report.again.values()) == {PROBE_PATIENCE}
    assert world.circuits.read("erp").status is CircuitStatus.CLOSED


def test_a_failed_probe_lets_the_destination_cool_down_longer(world: World):
    world.circuits.circuits["erp"] = Circuit(CircuitStatus.OPEN, 1, cool_downs=1, until=NOON)
    world.outside.answer = lambda call: Unreached("refused")

    world.handle(call())

    assert world.circuits.read("erp").until == NOON + 10 * SECOND


def test_refusals_of_a_destination_in_good_health_open_nothing(world: World):
    world.outside.answer = lambda call: Answered(400)

    world.handle(*[call(number) for number in range(10)])

    assert world.circuits.read("erp") == Circuit()


def test_a_call_that_did_not_leave_says_nothing_of_the_destination(world: World):
    world.outside.answer = lambda call: NotSent("its secret cannot be read")

    report = world.handle(*[call(number) for number in range(10)])

    assert len(report.again) == 10
    assert world.circuits.read("erp") == Circuit()


def test_while_circuits_cannot_be_read_no_call_leaves(world: World):
    world.circuits = UnavailableCircuits()

    report = world.handle(call())

    assert report.again == {"m-1": UNAVAILABLE_WAIT}
    assert not world.outside.posted
