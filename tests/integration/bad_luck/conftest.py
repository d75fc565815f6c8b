"""Fleets that are about to have bad luck."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from lab.fleet_simulator.fleet_rules import FleetRules
from tests.live_system.agents_table import AgentsTable
from tests.live_system.live_fleet import LiveFleet
from tests.live_system.operations import Operations
from tests.live_system.real_device import RealDevice

if TYPE_CHECKING:
    from tests.conftest import Ringtree

FleetMaker = Callable[..., LiveFleet]
DeviceMaker = Callable[[str, str], RealDevice]


@pytest.fixture(scope="module")
def living() -> Iterator[ExitStack]:
    """What lives until the last test of the module has ended."""
    with ExitStack() as living:
        yield living


@pytest.fixture(scope="module")
def make_fleet(ringtree: "Ringtree", living: ExitStack) -> FleetMaker:
    """Simulated devices, given with their rings, that live as long as the module's tests."""

    def make(rings_of_devices: Mapping[str, str], rules: FleetRules | None = None) -> LiveFleet:
        return living.enter_context(LiveFleet(ringtree.device_url, ringtree.enrolment_token, rings_of_devices, rules))

    return make


@pytest.fixture(scope="module")
def make_device(ringtree: "Ringtree", operations: Operations) -> DeviceMaker:
    """A real device that is enrolled and not yet started."""

    def make(name: str, ring: str) -> RealDevice:
        device_id = operations.names.device(name)
        return RealDevice.enrol(
            operations.folder / device_id, ringtree.device_url, ringtree.enrolment_token, device_id, ring
        )

    return make


@pytest.fixture(scope="session")
def agents(ringtree: "Ringtree") -> AgentsTable:
    return AgentsTable(ringtree.aws, ringtree.stack_output("AgentsTable"))
