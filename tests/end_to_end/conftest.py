"""The story is told once; every test looks at another side of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.story import Story, tell
from tests.live_system.operations import Operations
from tests.live_system.supervision import Supervision

if TYPE_CHECKING:
    from tests.conftest import Ringtree

SPAWNED_AGENTS = 6


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


@pytest.fixture(scope="session")
def classic_ring(operations: Operations) -> str:
    return operations.make_rings("classic")[0]


@pytest.fixture(scope="session")
def spawned(ringtree: "Ringtree", operations: Operations, classic_ring: str) -> tuple[str, ...]:
    """Simulated devices without any client."""
    device_ids = tuple(operations.names.device(f"agent-{number}") for number in range(SPAWNED_AGENTS))
    for device_id in device_ids:
        answer = ringtree.operator.post("/spawn_agent", json={"agent_id": device_id, "ring": classic_ring})
        assert answer.status_code == 201, answer.text
        assert answer.json()["is_applied"]
        assert answer.json()["is_simulated"]
        assert all(answer.json()["details"].values())
    return device_ids
