"""HTTP to the platform: what is tried again, and what an error says."""

import httpx
import pytest
from ringtree_cli.errors import (
    ConflictError,
    InputRefusedError,
    NotAuthorisedError,
    NotFoundError,
    PlatformFailedError,
    PlatformUnreachableError,
    RingtreeError,
)
from ringtree_cli.platform_address import PlatformAddress
from ringtree_cli.platform_connection import BACKOFF_SECONDS, PlatformConnection

ADDRESS = PlatformAddress("http://platform/base", "secret", "the test")


class Answering:
    """A transport that gives its answers in turn."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def connect(self) -> PlatformConnection:
        return PlatformConnection(ADDRESS, httpx.MockTransport(self), self.pauses.append)


def test_every_request_carries_the_token_and_a_timeout():
    answering = Answering(httpx.Response(200, json={"rings": []}))
    with answering.connect() as connection:
        connection.get("/v1/rings", {"ring": None, "limit": 3})

    request = answering.requests[0]
    assert str(request.url) == "http://platform/base/v1/rings?limit=3"
    assert request.headers["Authorization"] == "Bearer secret"
    assert all(request.extensions["timeout"].values())


def test_a_get_is_tried_again_with_growing_pauses():
    answering = Answering(httpx.Response(503), httpx.ConnectError("refused"), httpx.Response(200, json={"ok": 1}))
    with answering.connect() as connection:
        assert connection.get("/v1/rings") == {"ok": 1}

    assert answering.pauses == list(BACKOFF_SECONDS[:2])


def test_a_get_is_not_tried_for_ever():
    answering = Answering(*[httpx.ConnectError("refused")] * 4)
    with (
        answering.connect() as connection,
        pytest.raises(PlatformUnreachableError, match=r"http://platform/base cannot"),
    ):
        connection.get("/v1/rings")

    assert len(answering.requests) == 4


def test_a_command_is_sent_once_even_when_no_answer_comes():
    answering = Answering(httpx.ReadTimeout("slow"))
    with answering.connect() as connection, pytest.raises(PlatformUnreachableError, match="did not answer in time"):
        connection.send("POST", "/v1/deployments", {})

    assert len(answering.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InputRefusedError),
        (401, NotAuthorisedError),
        (403, NotAuthorisedError),
        (404, NotFoundError),
        (409, ConflictError),
        (413, InputRefusedError),
        (422, InputRefusedError),
        (500, PlatformFailedError),
    ],
)
def test_each_kind_of_error_has_its_class_and_keeps_the_words_of_the_platform(status: int, kind: type[RingtreeError]):
    error = {"code": "x", "message": "the plan is wrong", "remedy": "name at least one ring"}
    answering = Answering(httpx.Response(status, json={"error": error}))
    with answering.connect() as connection, pytest.raises(kind) as refused:
        connection.send("POST", "/v1/deployments", {})

    assert str(refused.value) == f"the plan is wrong ({status}); name at least one ring"


def test_refused_input_names_its_field():
    error = {"code": "x", "message": "must be 1 or more", "field": "plan.policy.batch_size"}
    answering = Answering(httpx.Response(422, json={"error": error}))
    with answering.connect() as connection, pytest.raises(InputRefusedError, match=r"^plan.policy.batch_size: must be"):
        connection.send("POST", "/v1/deployments", {})


def test_a_refusal_of_the_gateway_itself_is_understood():
    answering = Answering(httpx.Response(401, json={"message": "Unauthorized"}))
    with answering.connect() as connection, pytest.raises(NotAuthorisedError, match="operator token of the test"):
        connection.get("/v1/rings")


@pytest.mark.parametrize("answer", [httpx.Response(200, text="<html>"), httpx.Response(502, text="bad gateway")])
def test_an_answer_that_is_no_json_is_a_failure_of_the_platform(answer: httpx.Response):
    answering = Answering(answer)
    with answering.connect() as connection, pytest.raises(PlatformFailedError):
        connection.send("POST", "/v1/rings", {})
