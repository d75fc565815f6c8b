"""Several processes and one circuit: whatever they do in whatever order, one probes and nobody calls an open one."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lambdas.actors.circuit_breaker import KEPT_FOR, PROBE_PATIENCE, CircuitBreaker, Free, Held, Probe
from lambdas.actors.circuits import Circuit, CircuitRules, CircuitStatus
from lambdas.actors.in_memory.circuit_states import InMemoryCircuitStates

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RULES = CircuitRules()
OPEN = Circuit(CircuitStatus.OPEN, 1, cool_downs=1, until=NOON + 5 * SECOND)


@dataclass
class CountingStates(InMemoryCircuitStates):
    """Counts reads and writes, and lets the test act between a read and a write."""

    reads: int = 0
    writes: int = 0
    circuits: dict[str, Circuit] = field(default_factory=dict)
    answers_are_lost: bool = False

    def read(self, destination: str) -> Circuit:
        self.reads += 1
        return self.circuits.get(destination, Circuit())

    def change(self, destination: str, circuit: Circuit) -> bool:
        self.writes += 1
        if self.circuits.get(destination, Circuit()).version != circuit.version - 1:
            return False
        self.circuits[destination] = circuit
        return not self.answers_are_lost


def opened_breaker(states: InMemoryCircuitStates) -> CircuitBreaker:
    states.circuits["erp"] = OPEN
    return CircuitBreaker(states)


def test_a_destination_in_good_health_costs_one_read_in_two_seconds_and_no_write():
    states = CountingStates()
    breaker = CircuitBreaker(states)

    for tenth in range(20):
        now = NOON + tenth * SECOND / 10
        assert breaker.permit("erp", f"call-{tenth}", now) == Free()
        assert not breaker.count("erp", 10, 0, now)

    assert (states.reads, states.writes) == (1, 0)
    breaker.permit("erp", "call", NOON + KEPT_FOR)
    assert states.reads == 2


def test_failures_of_two_processes_add_up():
    states = InMemoryCircuitStates()
    first, second = CircuitBreaker(states), CircuitBreaker(states)

    assert not first.count("erp", 3, 3, NOON)
    assert second.count("erp", 2, 2, NOON)

    assert states.read("erp").status is CircuitStatus.OPEN


def test_counts_of_a_process_whose_view_is_old_are_not_lost():
    states = InMemoryCircuitStates()
    first, second = CircuitBreaker(states), CircuitBreaker(states)
    for breaker in (first, second):
        breaker.permit("erp", "call", NOON)

    first.count("erp", 3, 3, NOON)
    second.count("erp", 1, 1, NOON)

    assert states.read("erp").failures == 4


def test_destinations_have_circuits_of_their_own():
    states = InMemoryCircuitStates()
    breaker = opened_breaker(states)

    assert breaker.permit("crm", "call", NOON) == Free()


def test_while_it_cools_down_nobody_may_call_and_nobody_asks():
    states = CountingStates()
    breaker = opened_breaker(states)

    for second in range(5):
        assert breaker.permit("erp", "call", NOON + second * SECOND) == Held(NOON + 5 * SECOND)

    assert states.reads == 1


def test_after_the_cool_down_one_call_probes_and_others_ask_again_soon():
    states = InMemoryCircuitStates()
    first, second = opened_breaker(states), CircuitBreaker(states)
    later = NOON + 5 * SECOND

    assert first.permit("erp", "a", later) == Probe("a")
    assert first.permit("erp", "b", later) == Held(later + PROBE_PATIENCE)
    assert second.permit("erp", "c", later) == Held(later + PROBE_PATIENCE)


def test_a_process_that_loses_the_race_to_probe_waits():
    states = InMemoryCircuitStates()
    first, second = opened_breaker(states), CircuitBreaker(states)
    later = NOON + 5 * SECOND
    assert second.permit("erp", "early", NOON) == Held(OPEN.until)
    assert first.permit("erp", "a", later) == Probe("a")

    assert second.permit("erp", "b", later) == Held(later + PROBE_PATIENCE)


def test_a_process_that_finds_the_circuit_closed_when_it_wants_to_probe_calls():
    states = InMemoryCircuitStates()
    first, second = opened_breaker(states), CircuitBreaker(states)
    later = NOON + 5 * SECOND
    second.permit("erp", "early", NOON)
    probe = first.permit("erp", "a", later)
    assert isinstance(probe, Probe)
    first.probe_ended("erp", probe, later, succeeded=True)

    assert second.permit("erp", "b", later) == Free()


def test_a_claim_whose_answer_was_lost_is_still_the_probe():
    states = CountingStates()
    breaker = opened_breaker(states)
    states.answers_are_lost = True

    assert breaker.permit("erp", "a", NOON + 5 * SECOND) == Probe("a")


def test_a_probe_that_is_never_heard_of_again_is_replaced_after_its_time():
    states = InMemoryCircuitStates()
    breaker = opened_breaker(states)
    began = NOON + 5 * SECOND
    breaker.permit("erp", "lost", began)

    assert breaker.permit("erp", "b", began + 29 * SECOND) == Held(began + 29 * SECOND + PROBE_PATIENCE)
    assert breaker.permit("erp", "c", began + RULES.probe_time) == Probe("c")


@pytest.mark.parametrize("succeeded", [True, False])
def test_the_end_of_a_probe_is_known_to_all(succeeded: bool):
    states = InMemoryCircuitStates()
    first, second = opened_breaker(states), CircuitBreaker(states)
    later = NOON + 5 * SECOND
    probe = first.permit("erp", "a", later)
    assert isinstance(probe, Probe)

    first.probe_ended("erp", probe, later, succeeded=succeeded)

    permit = second.permit("erp", "b", later)
    assert permit == (Free() if succeeded else Held(later + 10 * SECOND))


DESTINATION = "erp"
QUICK = CircuitRules(failures=2, window=10 * SECOND, longest_cool_down=20 * SECOND)
PROCESSES = 3


@dataclass
class CallUnderWay:
    process: int
    permit: Free | Probe
    began: datetime


class Processes(RuleBasedStateMachine):
    """Three processes that call one destination; calls end in any order, some never."""

    def __init__(self) -> None:
        super().__init__()
        self.states = InMemoryCircuitStates()
        self.breakers = [CircuitBreaker(self.states, QUICK) for _ in range(PROCESSES)]
        self.now = NOON
        self.calls: dict[int, CallUnderWay] = {}
        self.number = 0
        self.closed_until = NOON
        """When the shared circuit was last seen closed."""

    @rule(tenths=st.integers(1, 400))
    def time_passes(self, tenths: int) -> None:
        self._note_closed()
        self.now += tenths * SECOND / 10

    @rule(process=st.integers(0, PROCESSES - 1))
    def a_call_asks(self, process: int) -> None:
        self._note_closed()
        self.number += 1
        before = self.states.read(DESTINATION)
        permit = self.breakers[process].permit(DESTINATION, f"call-{self.number}", self.now)
        if isinstance(permit, Held):
            assert permit.until >= self.now
            return
        if isinstance(permit, Free):
            assert self.now - self.closed_until < KEPT_FOR, "an open circuit was called on an old view"
        else:
            assert not before.is_waiting(self.now), "it was probed before its time"
        self.calls[self.number] = CallUnderWay(process, permit, self.now)

    @rule(data=st.data(), succeeded=st.booleans())
    def a_call_ends(self, data: st.DataObject, succeeded: bool) -> None:
        if not self.calls:
            return
        call = self.calls.pop(data.draw(st.sampled_from(sorted(self.calls))))
        breaker = self.breakers[call.process]
        self._note_closed()
        if isinstance(call.permit, Probe):
            breaker.probe_ended(DESTINATION, call.permit, self.now, succeeded=succeeded)
        else:
            breaker.count(DESTINATION, 1, 0 if succeeded else 1, self.now)
        self._note_closed()

    @rule(data=st.data())
    def a_process_dies_with_its_calls(self, data: st.DataObject) -> None:
        process = data.draw(st.integers(0, PROCESSES - 1))
        self.calls = {number: call for number, call in self.calls.items() if call.process != process}
        self.breakers[process] = CircuitBreaker(self.states, QUICK)

    @invariant()
    def at_most_one_probe_is_within_its_time(self) -> None:
        probes = [
            call
            for call in self.calls.values()
            if isinstance(call.permit, Probe) and self.now < call.began + QUICK.probe_time
        ]
        assert len(probes) <= 1

    def _note_closed(self) -> None:
        if self.states.read(DESTINATION).status is CircuitStatus.CLOSED:
            self.closed_until = self.now


TestProcesses = Processes.TestCase
TestProcesses.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_rules_of_the_machine_are_those_of_the_product_but_quicker():
    assert replace(QUICK, failures=5, window=30 * SECOND, longest_cool_down=300 * SECOND) == RULES
