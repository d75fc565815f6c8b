"""Rehearsals, by their properties."""

import random

from hypothesis import given
from hypothesis import strategies as st

from lambdas.fleet.rehearsals import activity, draw_recovered, draw_strained, recovery, strain
from lambdas.fleet.simulated_devices import random_details
from lambdas.fleet.vitals import Vitals

PERCENT = st.floats(0, 100)
VITALS = st.builds(
    Vitals,
    cpu_percent=PERCENT,
    memory_percent=PERCENT,
    disk_percent=PERCENT,
    battery_percent=PERCENT,
    is_charging=st.booleans(),
)
CHANCE = st.integers().map(random.Random)


def _devices(number: int) -> list[str]:
    return [f"d-{place}" for place in range(number)]


@given(st.integers(2, 500), CHANCE)
def test_thirty_to_fifty_percent_of_the_devices_are_strained(number: int, chance: random.Random) -> None:
    devices = _devices(number)

    strained = draw_strained(devices, chance)

    assert 0.3 <= len(strained) / number <= 0.5
    assert len(set(strained)) == len(strained)
    assert set(strained) <= set(devices)


@given(st.integers(2, 500), CHANCE)
def test_forty_to_eighty_percent_of_the_strained_recover(number: int, chance: random.Random) -> None:
    assert 0.4 <= len(draw_recovered(_devices(number), chance)) / number <= 0.8


@given(CHANCE)
def test_single_device_takes_part_alone_and_no_device_not_at_all(chance: random.Random) -> None:
    assert draw_strained(["d-1"], chance) == draw_recovered(["d-1"], chance) == ("d-1",)
    assert draw_strained([], chance) == draw_recovered([], chance) == ()


@given(VITALS, CHANCE)
def test_strain_takes_battery_only_from_a_device_that_does_not_charge(vitals: Vitals, chance: random.Random) -> None:
    move = strain(vitals, chance)

    assert 10 <= move.cpu_points <= 50
    assert 10 <= move.memory_points <= 30
    assert move.battery_points == 0 if vitals.is_charging else -15 <= move.battery_points <= -5


@given(VITALS, CHANCE)
def test_recovery_never_loads_a_device(vitals: Vitals, chance: random.Random) -> None:
    move = recovery(vitals, chance)

    assert move.cpu_points <= 0
    assert move.memory_points <= 0
    assert vitals.cpu_percent + move.cpu_points <= 40 + 1e-9
    assert vitals.memory_percent + move.memory_points <= 50 + 1e-9


@given(VITALS, CHANCE)
def test_activity_moves_a_little_and_the_battery_with_the_plug(vitals: Vitals, chance: random.Random) -> None:
    move = activity(vitals, chance)

    assert abs(move.cpu_points) <= 20
    assert abs(move.memory_points) <= 10
    assert (move.battery_points >= 0) if vitals.is_charging else (move.battery_points <= 0)


@given(CHANCE)
def test_simulated_device_has_details_that_fit_together(chance: random.Random) -> None:
    details = random_details("sim-1", chance)

    assert all((details.name, details.manufacturer, details.model, details.os_name, details.site, details.department))
    assert ("macOS" in details.os_name) == (details.manufacturer == "Apple")
