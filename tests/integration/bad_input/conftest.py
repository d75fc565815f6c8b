"""A device's own way to speak, and what stands before and after something bad was said."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.live_system.agents_table import AgentsTable
from tests.live_system.catalog_table import CatalogTable
from tests.live_system.device_voice import DeviceVoice
from tests.live_system.operations import Operations
from tests.live_system.whole_system import WholeSystem

if TYPE_CHECKING:
    from tests.conftest import Ringtree


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30.0, trust_env=False) as http:
        yield http


@pytest.fixture(scope="module")
def device(ringtree: "Ringtree", operations: Operations, http: httpx.Client) -> DeviceVoice:
    """An enrolled device in a ring of its own, spoken for by the test."""
    (ring,) = operations.make_rings("voices")
    return DeviceVoice.enrol(http, ringtree.device_url, ringtree.enrolment_token, operations.names.device("d-1"), ring)


@pytest.fixture
def whole_system(ringtree: "Ringtree") -> WholeSystem:
    return WholeSystem(
        AgentsTable(ringtree.aws, ringtree.stack_output("AgentsTable")),
        CatalogTable(ringtree.aws, ringtree.stack_output("CatalogTable")),
    )
