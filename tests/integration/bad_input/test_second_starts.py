from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.live_system.operations import Operations
from tests.live_system.supervision import Supervision

if TYPE_CHECKING:
    from tests.conftest import Ringtree


@pytest.fixture(scope="module")
def empty_ring(operations: Operations) -> str:
    """A ring without devices: deployments to it end at once."""
    return operations.make_rings("nobody")[0]


@pytest.fixture(scope="module")
def releases(operations: Operations) -> tuple[str, str]:
    return operations.publish("2.0.0").version, operations.publish("2.1.0").version


def _body(operations: Operations, name: str, release: str, ring: str, **policy: Any) -> dict[str, Any]:
    plan = {"rings": [ring], "policy": policy}
    return {"deployment_id": operations.names.deployment(name), "release": release, "plan": plan}


def test_the_same_body_again_is_the_same_deployment(
    ringtree: "Ringtree", operations: Operations, supervision: Supervision, releases: tuple[str, str], empty_ring: str
) -> None:
    body = _body(operations, "again", releases[0], empty_ring)

    first = ringtree.operator.post("/v1/deployments", json=body)
    again = ringtree.operator.post("/v1/deployments", json=body)
    ended = operations.end_of(body["deployment_id"])
    after = ringtree.operator.post("/v1/deployments", json=body)

    assert (first.status_code, first.headers["Location"]) == (201, f"/v1/deployments/{body['deployment_id']}")
    assert (again.status_code, after.status_code) == (200, 200)
    assert again.json()["created_at"] == first.json()["created_at"] == after.json()["created_at"]
    assert (ended.status, after.json()["status"]) == ("promoted", "promoted")
    assert len(supervision.deployments(body["deployment_id"])) == 1


def test_another_body_under_the_same_id_is_refused(
    ringtree: "Ringtree", operations: Operations, supervision: Supervision, releases: tuple[str, str], empty_ring: str
) -> None:
    body = _body(operations, "taken", releases[0], empty_ring)
    assert ringtree.operator.post("/v1/deployments", json=body).status_code == 201

    others = (
        _body(operations, "taken", releases[1], empty_ring),
        _body(operations, "taken", releases[0], empty_ring, batch_size=7),
        _body(operations, "taken", releases[0], "canary"),
    )
    for other in others:
        answer = ringtree.operator.post("/v1/deployments", json=other)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "deployment_exists")
        assert body["deployment_id"] in answer.json()["error"]["message"]

    assert operations.end_of(body["deployment_id"]).release == releases[0]
    assert len(supervision.deployments(body["deployment_id"])) == 1


def test_two_starts_at_once_are_one_deployment_with_one_execution(
    ringtree: "Ringtree", operations: Operations, supervision: Supervision, releases: tuple[str, str], empty_ring: str
) -> None:
    body = _body(operations, "at-once", releases[0], empty_ring)

    with ThreadPoolExecutor(4) as operators:
        answers = list(operators.map(lambda _: ringtree.operator.post("/v1/deployments", json=body), range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["created_at"] for answer in answers}) == 1
    assert operations.end_of(body["deployment_id"]).status == "promoted"
    assert len(supervision.deployments(body["deployment_id"])) == 1


def test_of_two_different_starts_at_once_one_wins(
    ringtree: "Ringtree", operations: Operations, supervision: Supervision, releases: tuple[str, str], empty_ring: str
) -> None:
    bodies = [_body(operations, "rivals", release, empty_ring) for release in releases]

    with ThreadPoolExecutor(2) as operators:
        answers = list(operators.map(lambda body: ringtree.operator.post("/v1/deployments", json=body), bodies))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (winner,) = [answer.json()["release"] for answer in answers if answer.status_code == 201]
    assert operations.end_of(bodies[0]["deployment_id"]).release == winner
    (execution,) = supervision.deployments(bodies[0]["deployment_id"])
    assert execution.outcome == "promoted"
