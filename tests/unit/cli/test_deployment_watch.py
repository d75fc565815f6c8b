"""A deployment is followed to its end, through short outages of the platform."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from ringtree_cli.deployment_watch import OUTAGES_BORNE, STATES_LIMIT, look, watch_deployment
from ringtree_cli.errors import NotFoundError, PlatformUnreachableError
from ringtree_cli.operator_api import OperatorApi
from ringtree_cli.platform_address import PlatformAddress
from ringtree_cli.platform_connection import PlatformConnection

from tests.unit.cli.conftest import deployment_document, device_document, ring_document

ENDED = deployment_document("promoted")


def api_of(answer: Callable[[httpx.Request], httpx.Response]) -> OperatorApi:
    address = PlatformAddress("http://platform", "token", "the test")
    return OperatorApi(PlatformConnection(address, httpx.MockTransport(answer), lambda _: None))


def in_turn(*documents: Mapping[str, Any] | int) -> Callable[[httpx.Request], httpx.Response]:
    """Answers about the deployment in turn; a number is a status without a body. Devices are always the same one."""
    answers = list(documents)
    work = {"deployment_id": "go-1", "purpose": "install", "state": "installing"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/devices":
            return httpx.Response(200, json={"devices": [device_document(deployment=work)], "cursor": None})
        next_one = answers.pop(0)
        return httpx.Response(next_one) if isinstance(next_one, int) else httpx.Response(200, json=next_one)

    return answer


def test_the_watch_ends_with_the_deployment():
    api = api_of(in_turn(deployment_document(), deployment_document(), ENDED))

    sights = list(watch_deployment(api, "go-1", lambda _: None, 1.0))

    assert [sight.deployment.status for sight in sights] == ["running", "running", "promoted"]
    assert sights[0].at_work == {"installing": 1}


def test_a_short_outage_is_borne():
    tries_of_one_look = [503] * 4
    api = api_of(in_turn(deployment_document(), *tries_of_one_look, ENDED))

    assert len(list(watch_deployment(api, "go-1", lambda _: None, 1.0))) == 2


def test_a_long_outage_ends_the_watch():
    pauses = []

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(PlatformUnreachableError):
        list(watch_deployment(api_of(refuse), "go-1", pauses.append, 1.0))
    assert len(pauses) == OUTAGES_BORNE


def test_a_deployment_that_is_not_there_ends_the_watch_at_once():
    with pytest.raises(NotFoundError):
        list(watch_deployment(api_of(in_turn(404)), "go-1", lambda _: None, 1.0))


def test_large_rings_are_watched_by_their_outcomes_alone():
    large = deployment_document(rings=[ring_document(devices=STATES_LIMIT + 1)])

    assert look(api_of(in_turn(large)), "go-1").at_work == {}
