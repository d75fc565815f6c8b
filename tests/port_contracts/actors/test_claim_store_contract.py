"""What every ClaimStore does."""

from collections.abc import Iterator

import pytest

from lambdas.actors.claims import claim_of
from lambdas.actors.in_memory.claim_store import InMemoryClaimStore
from lambdas.actors.ports import ClaimStore
from lambdas.aws.s3_claim_store import S3ClaimStore
from tests.port_contracts.actors.conftest import AT_ONCE, technology


@pytest.fixture(params=["memory", "moto", pytest.param("embedded", marks=pytest.mark.embedded)])
def store(request: pytest.FixtureRequest) -> Iterator[ClaimStore]:
    if request.param == "memory":
        yield InMemoryClaimStore()
        return
    for aws in technology(request, request.param):
        yield S3ClaimStore(aws.client("s3"), aws.bucket(), AT_ONCE)


def test_contents_are_read_as_they_were_kept(store: ClaimStore):
    contents = [b"", b"\x00\xff" * 150_000, '["ü"]'.encode()]

    store.put({claim_of(content): content for content in contents})

    assert store.get([claim_of(content) for content in contents]) == {claim_of(c): c for c in contents}


def test_what_is_gone_is_absent(store: ClaimStore):
    store.put({claim_of(b"kept"): b"kept"})

    assert store.get([claim_of(b"gone"), claim_of(b"kept")]) == {claim_of(b"kept"): b"kept"}
    assert store.get([]) == {}


def test_keeping_twice_is_keeping_once(store: ClaimStore):
    for _ in range(2):
        store.put({claim_of(b"kept"): b"kept"})

    assert store.get([claim_of(b"kept")] * 2) == {claim_of(b"kept"): b"kept"}


def test_nothing_to_keep_is_kept(store: ClaimStore):
    store.put({})

    assert store.get([]) == {}
