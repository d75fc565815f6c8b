"""HTTP to the platform: what is tried again, and what an error says."""

import httpx
import pytest
from ringtree_cli.errors import (
    ConflictError,
    InputRefusedError,
    NotAuthorisedError,
    NotFoundError,
    PlatformBusyError,
    PlatformFailedError,
    PlatformUnreachableError,
    RingtreeError,
)
from ringtree_cli.platform_address import PlatformAddress
from ringtree_cli.platform_connection import BACKOFF_SECONDS, PlatformConnection, retry_after

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


def busy(retry_after: str | None = None) -> httpx.Response:
    error = {"code": "overloaded", "message": "mailbox 'device' has a backlog", "remedy": "wait"}
    return httpx.Response(429, json={"error": error}, headers={"Retry-After": retry_after} if retry_after else {})


def test_a_busy_platform_is_asked_again_when_it_says():
    for call in ("get", "send"):
        answering = Answering(busy("7"), busy(), httpx.Response(200, json={"ok": 1}))
        with answering.connect() as connection:
            answer = connection.get("/v1/x") if call == "get" else connection.send("POST", "/v1/x", {"a": 1})

        assert answer == {"ok": 1}
        assert answering.pauses == [7.0, BACKOFF_SECONDS[1]]


@pytest.mark.parametrize("retry_after", ["31", "300"])
def test_a_platform_that_is_busy_for_long_is_not_waited_for(retry_after: str):
    for call in ("get", "send"):
        answering = Answering(busy(retry_after))
        with answering.connect() as connection, pytest.raises(PlatformBusyError, match="has a backlog"):
            connection.get("/v1/x") if call == "get" else connection.send("POST", "/v1/x")

        assert answering.pauses == []


def test_a_busy_platform_is_not_asked_for_ever():
    answering = Answering(*[busy("30")] * 4)
    with answering.connect() as connection, pytest.raises(PlatformBusyError):
        connection.send("POST", "/v1/x")

    assert answering.pauses == [30.0] * 3


@pytest.mark.parametrize("said", ["soon", "-1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "²"])
def test_a_time_to_wait_that_is_not_in_seconds_is_passed_over(said: str):
    response = httpx.Response(429, headers=[(b"Retry-After", said.encode("latin-1"))])

    assert retry_after(response) == 0.0
