"""The routes of journals: versions listed, and each of them rebuilt."""

from dataclasses import replace

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.journal import JournalEntry
from lambdas.actors.turn_inputs import Begun, ToldByClaim
from lambdas.agents import registry
from lambdas.agents.batch.messages import BatchPurpose, OpenBatch
from lambdas.agents.device.messages import DeviceFellSilent
from lambdas.api.views.agent_journal import LATEST_VERSION
from lambdas.fleet.releases import Release
from tests.unit.api.fleet_in_memory import NOON, FleetInMemory

DEVICE = ActorId("device", "d-1")
BATCH = ActorId("batch", "dep-1/canary/1")
OPENED = OpenBatch("dep-1", "canary", 1, BatchPurpose.INSTALL, Release("1", 1, ""), ("d-1",), 60, "secret-token")


@pytest.fixture
def lived(fleet: FleetInMemory) -> FleetInMemory:
    """A fleet in which a device has a few versions."""
    fleet.enrol("d-1", ring="early")
    for _ in range(4):
        fleet.tell("device/d-1", DeviceFellSilent(NOON))
    return fleet


def alter(fleet: FleetInMemory, agent: ActorId, version: int, **fields: object) -> None:
    """Change the stored state of an entry, as if by hand."""
    entry = fleet.journal.entries[agent, version]
    state = msgspec.json.decode(entry.state or "") | fields
    fleet.journal.entries[agent, version] = replace(entry, state=msgspec.json.encode(state).decode())


def newest(fleet: FleetInMemory, agent: ActorId) -> JournalEntry:
    return fleet.journal.page(agent, 1).entries[0]


def test_versions_are_listed_newest_first_without_holes(lived: FleetInMemory) -> None:
    page = lived.operator("GET", "/v1/agents/device/d-1/journal").body

    assert page["agent"] == "device/d-1"
    assert [entry["version"] for entry in page["entries"]] == [5, 4, 3, 2, 1]
    assert page["cursor"] is None
    assert page["entries"][0] | {"digest": "", "state_bytes": 0, "committed_by": ""} == {
        "version": 5,
        "committed_at": "2026-03-01T12:00:00Z",
        "committed_by": "",
        "lane": "normal",
        "inputs": [{"way": "message", "type": "DeviceFellSilent", "name": None, "count": 1}],
        "state_schema": 1,
        "state_bytes": 0,
        "digest": "",
        "has_state": True,
    }


def test_versions_are_paged(lived: FleetInMemory) -> None:
    first = lived.operator("GET", "/v1/agents/device/d-1/journal", query={"limit": "3"}).body
    rest = lived.operator("GET", "/v1/agents/device/d-1/journal", query={"cursor": first["cursor"]}).body

    assert [entry["version"] for entry in (*first["entries"], *rest["entries"])] == [5, 4, 3, 2, 1]
    assert rest["cursor"] is None


def test_other_inputs_than_messages_are_listed_by_what_they_were(lived: FleetInMemory) -> None:
    entry = newest(lived, DEVICE)
    assert entry.turn is not None
    large = ToldByClaim(msgspec.json.decode('{"sha256":"00","size_bytes":1}', type=dict), 0, 3, {"DeviceHeard": 3})
    turn = msgspec.structs.replace(entry.turn, inputs=(Begun(2), large))
    lived.journal.append([replace(entry, version=6, turn=turn), replace(entry, version=7, turn=None)])

    seven, six = lived.operator("GET", "/v1/agents/device/d-1/journal", query={"limit": "2"}).body["entries"]

    assert seven["inputs"] is None
    assert [(made["way"], made["type"], made["name"], made["count"]) for made in six["inputs"]] == [
        ("begun", "", "incarnation 2", 1),
        ("message", "DeviceHeard", None, 3),
    ]


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_every_version_is_rebuilt_identically(lived: FleetInMemory, version: int) -> None:
    rebuilt = lived.operator("GET", "/v1/agents/device/d-1/rebuild", query={"version": str(version)}).body

    assert (rebuilt["outcome"], rebuilt["version"], rebuilt["turns"]) == ("identical", version, 1)
    assert rebuilt["state"]["ring"] == "early"


def test_the_newest_version_is_rebuilt_to_the_state_that_is_shown(lived: FleetInMemory) -> None:
    rebuilt = lived.operator("GET", "/v1/agents/device/d-1/rebuild", query={"version": "5"}).body

    assert rebuilt["state"] == lived.operator("GET", "/v1/agents/device/d-1").body["state"]


def test_an_altered_entry_diverges_at_its_version_with_the_field_and_both_values(lived: FleetInMemory) -> None:
    alter(lived, DEVICE, 3, ring="altered")

    rebuilt = lived.operator("GET", "/v1/agents/device/d-1/rebuild", query={"version": "3"}).body
    later = lived.operator("GET", "/v1/agents/device/d-1/rebuild", query={"version": "4"}).body

    assert rebuilt["outcome"] == "diverged"
    assert rebuilt["divergence"] == {
        "version": 3,
        "path": "$.ring",
        "committed": '"altered"',
        "rebuilt": '"early"',
        "seen_at": None,
    }
    assert (later["outcome"], later["divergence"]["version"]) == ("diverged", 3)


def test_a_divergence_of_which_only_the_digest_is_left_names_the_field_by_a_later_state(lived: FleetInMemory) -> None:
    for version in (2, 3):
        entry = lived.journal.entries[DEVICE, version]
        lived.journal.entries[DEVICE, version] = replace(entry, state=None)
    entry = lived.journal.entries[DEVICE, 2]
    assert entry.turn is not None
    lived.journal.entries[DEVICE, 2] = replace(entry, turn=msgspec.structs.replace(entry.turn, inputs=(Begun(1),)))

    divergence = lived.operator("GET", "/v1/agents/device/d-1/rebuild", query={"version": "2"}).body["divergence"]

    assert (divergence["version"], divergence["path"], divergence["seen_at"]) == (2, "$.ring", 4)


def test_a_version_that_is_not_kept_is_told_as_incomplete(lived: FleetInMemory) -> None:
    for version in (1, 2):
        del lived.journal.entries[DEVICE, version]

    rebuilt = lived.operator("GET", "/v1/agents/device/d-1/rebuild", query={"version": "3"}).body

    assert (rebuilt["outcome"], rebuilt["state"]) == ("incomplete", None)
    assert "version 2 is not in the journal" in rebuilt["reason"]


def test_task_tokens_are_not_shown_in_rebuilt_states_and_divergences(fleet: FleetInMemory) -> None:
    fleet.tell(str(BATCH), OPENED)

    rebuilt = fleet.operator("GET", f"/v1/agents/{BATCH}/rebuild", query={"version": "1"})
    alter(fleet, BATCH, 1, task_token="another-secret")
    diverged = fleet.operator("GET", f"/v1/agents/{BATCH}/rebuild", query={"version": "1"})
    listed = fleet.operator("GET", f"/v1/agents/{BATCH}/journal")

    assert rebuilt.body["outcome"] == "identical"
    assert diverged.body["divergence"]["path"] == "$.task_token"
    assert not [answer for answer in (rebuilt, diverged, listed) if "secret" in answer.raw["body"]]


def test_keys_may_hold_slashes_and_the_words_of_routes(fleet: FleetInMemory) -> None:
    odd = ActorId("batch", "dep-1/journal/rebuild")
    fleet.tell(str(odd), OPENED)

    assert fleet.operator("GET", f"/v1/agents/{odd}/journal").body["agent"] == str(odd)
    assert fleet.operator("GET", f"/v1/agents/{odd}/rebuild", query={"version": "1"}).body["outcome"] == "identical"
    assert (
        fleet.operator("GET", "/v1/agents/batch/dep-1/journal/journal")
        .error["message"]
        .endswith("'batch/dep-1/journal'")
    )


def test_an_agent_that_never_was_has_no_journal(fleet: FleetInMemory) -> None:
    for path, query in (("journal", {}), ("rebuild", {"version": "1"})):
        answer = fleet.operator("GET", f"/v1/agents/device/nobody/{path}", query=query)
        assert (answer.status, answer.error["code"]) == (404, "unknown_agent")
        assert answer.error["remedy"] == "GET /v1/agents?kind=device lists the agents."


def test_a_version_that_was_never_committed_is_unknown(lived: FleetInMemory) -> None:
    answer = lived.operator("GET", "/v1/agents/device/d-1/rebuild", query={"version": "6"})

    assert (answer.status, answer.error["code"], answer.error["field"]) == (404, "unknown_version", "version")
    assert answer.error["remedy"] == "device/d-1 has the versions 1 to 5; ask for one of these."


def test_the_highest_version_that_can_be_asked_for_is_looked_up(lived: FleetInMemory) -> None:
    answer = lived.operator("GET", "/v1/agents/device/d-1/rebuild", query={"version": str(LATEST_VERSION)})

    assert (answer.status, answer.error["code"]) == (404, "unknown_version")


@pytest.mark.parametrize("version", ["0", "-1", "two", "1.5", str(LATEST_VERSION + 1)])
def test_a_version_that_none_can_be_is_refused(lived: FleetInMemory, version: str) -> None:
    answer = lived.operator("GET", "/v1/agents/device/d-1/rebuild", query={"version": version})

    assert (answer.status, answer.error["field"]) == (422, "version")


def test_a_rebuild_without_a_version_is_refused(lived: FleetInMemory) -> None:
    answer = lived.operator("GET", "/v1/agents/device/d-1/rebuild")

    assert (answer.status, answer.error["field"]) == (422, "version")


def test_an_unknown_kind_and_a_cursor_of_something_else_are_refused(lived: FleetInMemory) -> None:
    kind = lived.operator("GET", "/v1/agents/robot/r-1/journal")
    cursor = lived.operator("GET", "/v1/agents/device/d-1/journal", query={"cursor": "nonsense"})

    assert (kind.status, kind.error["code"]) == (404, "unknown_agent_kind")
    assert (cursor.status, cursor.error["code"]) == (422, "invalid_cursor")


def test_kinds_that_are_not_journaled_say_so(lived: FleetInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = tuple(replace(spec, is_journaled=False) for spec in registry.AGENTS)
    monkeypatch.setattr(registry, "AGENTS", silent)

    answer = lived.operator("GET", "/v1/agents/device/d-1/journal")

    assert (answer.status, answer.error["code"]) == (404, "not_journaled")
