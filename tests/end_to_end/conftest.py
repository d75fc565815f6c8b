"""The story is told once; every test looks at another side of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.story import Story, tell
from tests.live_system.operations import Operations
from tests.live_system.supervision import Supervision

if TYPE_CHECKING:
    from tests.conftest import Ringtree


@pytest.fixture(scope="session")
def operations(ringtree: "Ringtree", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    operations = Operations.at(ringtree.aws.state.connection, tmp_path_factory.mktemp("end_to_end"))
    yield operations
    operations.api.close()


@pytest.fixture(scope="session")
def supervision(ringtree: "Ringtree") -> Supervision:
    return Supervision(ringtree.aws, ringtree.deployment_machine_arn)


@pytest.fixture(scope="session")
def story(ringtree: "Ringtree", operations: Operations) -> Story:
    return tell(ringtree, operations)
