"""The routes of devices and rings."""

from datetime import timedelta

import pytest

from tests.unit.api.fleet_in_memory import FleetInMemory


def test_device_is_shown_with_what_its_agent_and_its_heartbeats_say(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="canary", details={"name": "Kiosk 1", "os_name": "Debian"})
    fleet.hear("d-1", running_release="1.0.0", cpu_percent=42)

    device = fleet.operator("GET", "/v1/devices/d-1").body

    assert device["details"]["name"] == "Kiosk 1"
    assert device["ring"] == "canary"
    assert device["is_online"] is True
    assert device["running_release"] == "1.0.0"
    assert device["vitals"]["cpu_percent"] == 42
    assert device["last_seen"] == "2026-03-01T12:00:00Z"


def test_unknown_device_is_a_404_that_names_it(fleet: FleetInMemory) -> None:
    for device_id in ("nobody", "n%20b", "ü", "a b", "x" * 200):
        answer = fleet.operator("GET", f"/v1/devices/{device_id}")

        assert answer.status == 404
        assert answer.error["code"] in {"unknown_device", "unknown_route"}
    assert fleet.operator("GET", "/v1/devices/nobody").error["message"] == "there is no device 'nobody'"


def test_device_that_was_heard_but_never_enrolled_is_unknown(fleet: FleetInMemory) -> None:
    fleet.hear("stranger")

    assert fleet.operator("GET", "/v1/devices/stranger").status == 404
    assert fleet.operator("GET", "/v1/devices").body["devices"] == []


def test_pages_of_devices_hold_every_device_once(fleet: FleetInMemory) -> None:
    names = {f"d-{number:02d}" for number in range(25)}
    for name in names:
        fleet.enrol(name, ring="early")

    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": "10", "ring": "early", **({"cursor": cursor} if cursor else {})}
        page = fleet.operator("GET", "/v1/devices", query=query).body
        seen += [device["device_id"] for device in page["devices"]]
        cursor = page["cursor"]
        if cursor is None:
            break

    assert sorted(seen) == sorted(names)


def test_list_of_a_ring_holds_only_its_devices(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="early")
    fleet.enrol("d-2", ring="broad")

    devices = fleet.operator("GET", "/v1/devices", query={"ring": "broad"}).body["devices"]

    assert [device["device_id"] for device in devices] == ["d-2"]


def test_list_of_an_unknown_ring_is_a_404_that_names_it(fleet: FleetInMemory) -> None:
    answer = fleet.operator("GET", "/v1/devices", query={"ring": "nowhere"})

    assert (answer.status, answer.error["code"]) == (404, "unknown_ring")
    assert "'nowhere'" in answer.error["message"]
    assert "canary" in answer.error["remedy"]


@pytest.mark.parametrize(("query", "field"), [({"limit": "0"}, "limit"), ({"limit": "x"}, "limit")])
def test_bad_page_size_is_a_422_that_names_the_field(fleet: FleetInMemory, query: dict[str, str], field: str) -> None:
    answer = fleet.operator("GET", "/v1/devices", query=query)

    assert (answer.status, answer.error["field"]) == (422, field)


@pytest.mark.parametrize("path", ["/v1/devices", "/v1/agents", "/list_agents", "/asset_details"])
def test_cursor_that_was_not_made_here_is_a_422(fleet: FleetInMemory, path: str) -> None:
    answer = fleet.operator("GET", path, query={"cursor": "not a cursor"})

    assert (answer.status, answer.error["field"]) == (422, "cursor")


def test_device_moves_to_another_ring(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="canary")

    answer = fleet.operator("PATCH", "/v1/devices/d-1", {"ring": "broad"})
    fleet.run_agents()

    assert (answer.status, answer.body) == (202, {"device_id": "d-1", "ring": "broad"})
    assert fleet.state("device/d-1").ring == "broad"


def test_device_can_move_to_and_fro_within_minutes(fleet: FleetInMemory) -> None:
    fleet.enrol("d-1", ring="canary")

    for ring in ("broad", "canary", "broad"):
        fleet.operator("PATCH", "/v1/devices/d-1", {"ring": ring})
        fleet.run_agents()
        fleet.now += timedelta(seconds=20)

    assert fleet.state("device/d-1").ring == "broad"


@pytest.mark.parametrize(
    ("path", "ring", "code"),
    [("/v1/devices/nobody", "early", "unknown_device"), ("/v1/devices/d-1", "nowhere", "unknown_ring")],
)
def test_move_of_or_to_something_unknown_writes_nothing(fleet: FleetInMemory, path: str, ring: str, code: str) -> None:
    fleet.enrol("d-1")
    before = fleet.written()

    answer = fleet.operator("PATCH", path, {"ring": ring})

    assert (answer.status, answer.error["code"]) == (404, code)
    assert fleet.written() == before


def test_rings_are_listed_in_the_order_in_which_releases_reach_them(fleet: FleetInMemory) -> None:
    fleet.operator("PUT", "/v1/rings/lab", {"order": 1, "share": 0.0})
    fleet.operator("PUT", "/v1/rings/canary", {"order": 2, "share": 0.5})
    fleet.operator("PUT", "/v1/rings/early", {"order": 3, "share": 0.5})

    names = [ring["name"] for ring in fleet.operator("GET", "/v1/rings").body["rings"]]

    assert names == ["lab", "canary", "broad", "early"]


def test_ring_is_created_shown_and_changed(fleet: FleetInMemory) -> None:
    created = fleet.operator("PUT", "/v1/rings/late", {"order": 9, "share": 0.2})
    fleet.operator("PUT", "/v1/rings/late", {"order": 9, "share": 0.25})

    assert (created.status, created.body) == (200, {"name": "late", "order": 9, "share": 0.2})
    assert fleet.operator("GET", "/v1/rings/late").body["share"] == 0.25
    assert fleet.operator("GET", "/v1/rings/nowhere").status == 404


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("Upper", {"order": 1, "share": 0.1}, "ring"),
        ("x" * 25, {"order": 1, "share": 0.1}, "ring"),
        ("late", {"order": 0, "share": 0.1}, "order"),
        ("late", {"order": 1.5, "share": 0.1}, "order"),
        ("late", {"order": 1, "share": 1.1}, "share"),
        ("late", {"order": 1, "share": "0.1"}, "share"),
        ("late", {"order": 1, "share": True}, "share"),
        ("late", {"order": 1}, "share"),
    ],
)
def test_bad_ring_is_a_422_that_names_the_field(
    fleet: FleetInMemory, name: str, body: dict[str, object], field: str
) -> None:
    before = fleet.written()

    answer = fleet.operator("PUT", f"/v1/rings/{name}", body)

    assert (answer.status, answer.error["field"]) == (422, field)
    assert fleet.written() == before
