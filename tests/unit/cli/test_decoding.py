"""Documents of the platform become typed answers, or an error that names the path."""

import json
from datetime import UTC, datetime

import pytest
from ringtree_cli.answers import Deployment, Device
from ringtree_cli.decoding import decode, to_json
from ringtree_cli.errors import PlatformFailedError

from tests.unit.cli.conftest import deployment_document, device_document


def test_a_document_becomes_a_typed_answer():
    deployment = decode(Deployment, deployment_document())

    assert deployment.rings[0].outcomes.done == 2
    assert deployment.created_at == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_fields_that_the_client_does_not_know_are_passed_over():
    assert decode(Device, device_document(colour="red")).device_id == "d-1"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"device_id": 7}, "answer.device_id"),
        ({"vitals": {"cpu_percent": "hot"}}, "answer.vitals.cpu_percent"),
        ({"is_online": 1}, "answer.is_online"),
        ({"last_seen": "noon"}, "answer.last_seen"),
        ({"details": []}, "answer.details"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(changes: dict[str, object], path: str):
    with pytest.raises(PlatformFailedError, match=path):
        decode(Device, {**device_document(), **changes})


def test_a_missing_field_is_named():
    with pytest.raises(PlatformFailedError, match=r"answer\.status"):
        decode(Deployment, {"deployment_id": "x", "release": "1"})


def test_what_was_decoded_is_written_with_the_same_fields():
    device = decode(Device, device_document())

    assert json.loads(to_json(device))["vitals"]["cpu_percent"] == 12.0
    assert decode(Device, json.loads(to_json(device))) == device
