"""The typed client of the operator API."""

from collections.abc import Iterator

import pytest
from ringtree_cli.errors import PlatformFailedError
from ringtree_cli.operator_api import OperatorApi
from ringtree_cli.platform_address import PlatformAddress

from tests.unit.cli.conftest import ScriptedPlatform, device_document


@pytest.fixture
def api(platform: ScriptedPlatform) -> Iterator[OperatorApi]:
    api = OperatorApi.at(PlatformAddress(platform.url, "token", "the test"))
    yield api
    api.close()


def test_lists_are_read_to_their_last_page(platform: ScriptedPlatform, api: OperatorApi):
    platform.answers("GET", "/v1/devices", {"devices": [device_document("a"), device_document("b")], "cursor": "c 1"})
    platform.answers("GET", "/v1/devices", {"devices": [device_document("c")], "cursor": None})

    assert [device.device_id for device in api.devices("canary")] == ["a", "b", "c"]
    assert [one.path for one in platform.requests] == [
        "/v1/devices?ring=canary&limit=100",
        "/v1/devices?ring=canary&limit=100&cursor=c+1",
    ]


def test_rings_come_in_the_order_releases_reach_them(platform: ScriptedPlatform, api: OperatorApi):
    early, canary = {"name": "early", "order": 2, "share": 0.3}, {"name": "canary", "order": 1, "share": 0.1}
    platform.answers("GET", "/v1/rings", {"rings": [early, canary]})

    assert [ring.name for ring in api.rings()] == ["canary", "early"]


def test_an_answer_without_its_list_is_a_failure_of_the_platform(platform: ScriptedPlatform, api: OperatorApi):
    platform.answers("GET", "/v1/rings", {"ring": []})

    with pytest.raises(PlatformFailedError, match="no list of rings"):
        api.rings()
