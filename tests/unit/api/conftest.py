"""A fleet in memory for every test."""

import pytest

from tests.unit.api.fleet_in_memory import FleetInMemory


@pytest.fixture
def fleet() -> FleetInMemory:
    return FleetInMemory()
