"""Every transition of a circuit, by table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.actors.circuits import (
    Circuit,
    CircuitRules,
    CircuitStatus,
    after_probe,
    has_failures,
    opened,
    probed,
    with_calls,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RULES = CircuitRules()

CLOSED = Circuit(version=7)
COUNTING = Circuit(version=7, window_began=NOON - 10 * SECOND, calls=8, failures=4)
OPEN = Circuit(CircuitStatus.OPEN, 7, cool_downs=1, until=NOON + 5 * SECOND)
HALF_OPEN = Circuit(CircuitStatus.HALF_OPEN, 7, cool_downs=1, until=NOON + 30 * SECOND, probe="mine")


def cooling(cool_downs: int, seconds: int) -> Circuit:
    return Circuit(CircuitStatus.OPEN, 7, cool_downs=cool_downs, until=NOON + seconds * SECOND)


@pytest.mark.parametrize(
    ("why", "before", "calls", "failures", "after"),
    [
        ("good health costs no write", CLOSED, 10, 0, CLOSED),
        ("the first failure begins a window", CLOSED, 3, 1, replace(CLOSED, window_began=NOON, calls=3, failures=1)),
        ("four failures may be chance", CLOSED, 4, 4, replace(CLOSED, window_began=NOON, calls=4, failures=4)),
        ("five failures of five open it", CLOSED, 5, 5, cooling(1, 5)),
        ("five of ten, half of them, open it", CLOSED, 10, 5, cooling(1, 5)),
        (
            "five of eleven are too small a share",
            CLOSED,
            11,
            5,
            replace(CLOSED, window_began=NOON, calls=11, failures=5),
        ),
        ("counts of all workers add up", COUNTING, 1, 1, cooling(1, 5)),
        ("successes within the window dilute", COUNTING, 9, 1, replace(COUNTING, calls=17, failures=5)),
        ("successes within the window are counted", COUNTING, 3, 0, replace(COUNTING, calls=11)),
        (
            "a window ends after 30 s",
            replace(COUNTING, window_began=NOON - 30 * SECOND),
            2,
            1,
            replace(CLOSED, window_began=NOON, calls=2, failures=1),
        ),
        (
            "a window of just under 30 s goes on",
            replace(COUNTING, window_began=NOON - 29.9 * SECOND),
            1,
            1,
            cooling(1, 5),
        ),
        (
            "a window that is over and a success change nothing",
            replace(COUNTING, window_began=NOON - 31 * SECOND),
            2,
            0,
            replace(COUNTING, window_began=NOON - 31 * SECOND),
        ),
        ("calls that end after it opened count nothing", OPEN, 5, 5, OPEN),
        ("calls that end while it is probed count nothing", HALF_OPEN, 5, 5, HALF_OPEN),
    ],
)
def test_calls_are_counted(why: str, before: Circuit, calls: int, failures: int, after: Circuit):
    assert with_calls(before, calls, failures, NOON, RULES) == after, why


@pytest.mark.parametrize(
    ("cool_downs", "seconds"), [(0, 5), (1, 10), (2, 20), (5, 160), (6, 300), (7, 300), (10_000, 300)]
)
def test_each_cool_down_is_twice_as_long_up_to_five_minutes(cool_downs: int, seconds: int):
    assert opened(replace(OPEN, cool_downs=cool_downs), NOON, RULES).until == NOON + seconds * SECOND


@pytest.mark.parametrize(
    ("why", "before", "probe", "succeeded", "after"),
    [
        ("a probe that succeeds closes it", HALF_OPEN, "mine", True, CLOSED),
        ("a probe that fails doubles the cool-down", HALF_OPEN, "mine", False, cooling(2, 10)),
        ("the success of a probe given up changes nothing", HALF_OPEN, "older", True, HALF_OPEN),
        ("the failure of a probe given up changes nothing", HALF_OPEN, "older", False, HALF_OPEN),
        ("a late success does not close one that opened again", OPEN, "mine", True, OPEN),
        ("a late failure does not open one that is closed", CLOSED, "mine", False, CLOSED),
    ],
)
def test_a_probe_decides(why: str, before: Circuit, probe: str, succeeded: bool, after: Circuit):
    assert after_probe(before, probe, NOON, RULES, succeeded=succeeded) == after, why


def test_a_probe_has_thirty_seconds():
    circuit = probed(OPEN, "mine", NOON, RULES)

    assert circuit == HALF_OPEN
    assert circuit.is_waiting(NOON + 29.9 * SECOND)
    assert not circuit.is_waiting(NOON + 30 * SECOND)


@pytest.mark.parametrize(("circuit", "answer"), [(CLOSED, False), (COUNTING, True), (OPEN, False)])
def test_a_closed_circuit_knows_whether_calls_of_its_window_failed(circuit: Circuit, answer: bool):
    assert has_failures(circuit, NOON, RULES) is answer
