"""Tokens, and the authorizers that look at them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.api.authentication import authorize_device, authorize_operator, device_of, principal_of
from lambdas.api.tokens import device_of_token, device_token, is_same_token
from lambdas.fleet.devices import DEVICE_ID

KEY = "a key"
TOKEN = device_token("d-1", KEY)


def _event(authorization: str | None) -> dict[str, Any]:
    headers = {} if authorization is None else {"authorization": authorization}
    return {"version": "2.0", "type": "REQUEST", "headers": headers, "requestContext": {"requestId": "r"}}


@given(st.from_regex(DEVICE_ID, fullmatch=True))
def test_token_names_the_device_it_was_made_for(device_id: str) -> None:
    assert device_of_token(device_token(device_id, KEY), KEY) == device_id


@given(st.text(max_size=200))
def test_what_is_no_token_names_no_device(text: str) -> None:
    assert device_of_token(text, KEY) is None


@pytest.mark.parametrize(
    "token",
    [
        device_token("d-1", "another key"),
        TOKEN.replace("d-1", "d-2"),
        TOKEN[:-1],
        TOKEN + "x",
        TOKEN.upper(),
        TOKEN.replace("rtd1", "rtd2"),
        "",
        "rtd1..",
        "rtd1.d-1.",
    ],
)
def test_token_that_was_tampered_with_names_no_device(token: str) -> None:
    assert device_of_token(token, KEY) is None


def test_token_has_the_documented_form() -> None:
    prefix, device_id, signature = TOKEN.split(".")

    assert (prefix, device_id, len(signature)) == ("rtd1", "d-1", 43)


def test_empty_token_is_never_the_expected_one() -> None:
    assert not is_same_token("", "")
    assert is_same_token("t", "t")


@pytest.mark.parametrize("authorization", ["Bearer secret", "bearer secret", "BEARER  secret "])
def test_operator_with_the_token_is_authorized(authorization: str) -> None:
    answer = authorize_operator(_event(authorization), "secret")

    assert answer == {"isAuthorized": True, "context": {"principal": "operator"}}


@pytest.mark.parametrize(
    "authorization", [None, "", "secret", "Basic secret", "Bearer", "Bearer other", "Bearer sécret"]
)
def test_operator_without_the_token_is_refused(authorization: str | None) -> None:
    assert authorize_operator(_event(authorization), "secret") == {"isAuthorized": False}


def test_device_with_its_token_is_authorized_as_itself() -> None:
    answer = authorize_device(_event(f"Bearer {TOKEN}"), KEY)

    assert answer == {"isAuthorized": True, "context": {"principal": "device/d-1", "device_id": "d-1"}}


@pytest.mark.parametrize("authorization", [None, "Bearer secret", f"Basic {TOKEN}"])
def test_device_without_a_token_is_refused(authorization: str | None) -> None:
    assert authorize_device(_event(authorization), KEY) == {"isAuthorized": False}


def test_routes_know_who_speaks_from_the_authorizer_alone() -> None:
    authorized = {"requestContext": {"authorizer": {"lambda": {"principal": "device/d-1", "device_id": "d-1"}}}}

    assert (principal_of(authorized), device_of(authorized)) == ("device/d-1", "d-1")
    events: list[dict[str, Any]] = [{}, {"requestContext": {}}, {"requestContext": {"authorizer": None}}]
    for event in (*events, _event(f"Bearer {TOKEN}")):
        assert (principal_of(event), device_of(event)) == ("", "")
