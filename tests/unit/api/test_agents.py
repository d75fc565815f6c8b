"""The routes of agents."""

import pytest

from lambdas.agents.batch.messages import BatchPurpose, OpenBatch
from lambdas.agents.registry import AGENTS
from lambdas.api.agent_kinds import AGENT_KINDS
from lambdas.fleet.releases import Release
from tests.unit.api.fleet_in_memory import FleetInMemory


def test_operators_may_read_every_registered_kind_of_agent() -> None:
    assert set(AGENT_KINDS) == {spec.kind for spec in AGENTS}


def test_agent_is_shown_with_its_state(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="early")

    agent = fleet.operator("GET", "/v1/agents/device/d-1").body

    assert (agent["agent"], agent["version"]) == ("device/d-1", 1)
    assert agent["state"]["ring"] == "early"


def test_task_tokens_of_agents_are_not_shown(fleet: FleetInMemory) -> None:
    told = OpenBatch("dep-1", "canary", 1, BatchPurpose.INSTALL, Release("1", 1, ""), ("d-1",), 60, "secret-token")
    fleet.tell("batch/dep-1/canary/1", told)

    answer = fleet.operator("GET", "/v1/agents/batch/dep-1/canary/1")

    assert answer.body["state"]["devices"] == ["d-1"]
    assert "secret-token" not in answer.raw["body"]


def test_agents_of_one_kind_are_listed(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="early")
    fleet.operator("POST", "/v1/tasks", {"task_id": "t-1", "type": "t", "target": "d-1"})

    listed = fleet.operator("GET", "/v1/agents", query={"kind": "device"}).body

    assert [agent["agent"] for agent in listed["agents"]] == ["device/d-1"]
    assert listed["agents"][0]["listed"]["ring"] == "early"


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_over_all_kinds_hold_every_agent_once(fleet: FleetInMemory, limit: int) -> None:
    for number in range(3):
        fleet.enrol(f"d-{number}")
    fleet.operator("POST", "/v1/tasks", {"task_id": "t-1", "type": "t", "target": "d-1"})

    seen: list[str] = []
    cursor = None
    for _ in range(20):
        query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        page = fleet.operator("GET", "/v1/agents", query=query).body
        seen += [agent["agent"] for agent in page["agents"]]
        cursor = page["cursor"]
        if cursor is None:
            break

    assert seen == ["device/d-0", "device/d-1", "device/d-2", "task_scheduler/0", "task/t-1"]


@pytest.mark.parametrize("path", ["/v1/agents/device/nobody", "/v1/agents/batch/dep-1/canary/1"])
def test_unknown_agent_is_a_404_that_names_it(fleet: FleetInMemory, path: str) -> None:
    answer = fleet.operator("GET", path)

    assert (answer.status, answer.error["code"]) == (404, "unknown_agent")
    assert path.removeprefix("/v1/agents/") in answer.error["message"]


def test_unknown_kind_is_a_404_that_names_the_known_ones(fleet: FleetInMemory) -> None:
    for answer in (
        fleet.operator("GET", "/v1/agents/wizard/1"),
        fleet.operator("GET", "/v1/agents", query={"kind": "wizard"}),
    ):
        assert (answer.status, answer.error["code"]) == (404, "unknown_agent_kind")
        assert "ring_analyst" in answer.error["remedy"]


def test_key_that_no_agent_can_bear_is_a_404(fleet: FleetInMemory) -> None:
    assert fleet.operator("GET", "/v1/agents/device/a b").status == 404
