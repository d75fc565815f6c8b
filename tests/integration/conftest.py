"""Fixtures of the tests that work on the deployed app."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.live_system.operations import Operations
from tests.live_system.supervision import Supervision

if TYPE_CHECKING:
    from tests.conftest import Ringtree


@pytest.fixture(scope="module")
def operations(ringtree: "Ringtree", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    """An operator with names for one module, so that modules do not see each other's devices."""
    operations = Operations.at(ringtree.aws.state.connection, tmp_path_factory.mktemp("operations"))
    yield operations
    operations.api.close()


@pytest.fixture(scope="session")
def supervision(ringtree: "Ringtree") -> Supervision:
    return Supervision(ringtree.aws, ringtree.deployment_machine_arn)
