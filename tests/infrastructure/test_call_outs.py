"""Calls to the outside: their queue, their worker, and the destinations an environment names."""

from dataclasses import replace
from pathlib import Path

import pytest

from cdk_app.app import destinations_of
from cdk_app.environments import environment_named
from lambdas.settings.destinations import Destination, DestinationError
from tests.infrastructure.synthesis import Synthesis, synthesize

QUEUE = "RingtreeAgents/CallOuts/Queue"
WORKER = "RingtreeAgents/CallOutWorker/Worker"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:erp-token-a1b2c3"


def test_the_queue_of_calls_is_a_standard_one_that_sets_nothing_aside_before_the_worker_gives_up(
    production: Synthesis,
):
    queue = production.at(QUEUE).properties

    assert "FifoQueue" not in queue
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 1_000
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_without_destinations_the_worker_may_read_no_secret(production: Synthesis):
    actions = {action for action, _ in production.statements(f"{WORKER}/Role")}

    assert "secretsmanager:GetSecretValue" not in actions
    assert production.at(f"{WORKER}/Function").properties["Environment"]["Variables"]["DESTINATIONS"] == "{}"


def test_the_worker_may_read_the_secrets_of_its_destinations_and_no_other(tmp_path: Path):
    erp = Destination("https://erp.example/orders", "Authorization", SECRET)
    environment = replace(
        environment_named("dev"), destinations={"erp": erp, "crm": Destination("https://crm.example")}
    )

    synthesis = synthesize(environment, tmp_path)

    secrets = {
        resource
        for action, resource in synthesis.statements(f"{WORKER}/Role")
        if action == "secretsmanager:GetSecretValue"
    }
    assert secrets == {SECRET}


def test_an_environment_with_a_wrong_destination_is_refused():
    loopback = {"hook": Destination("http://127.0.0.1:9000/")}

    assert replace(environment_named("local"), destinations=loopback).destinations == loopback
    with pytest.raises(DestinationError, match=r"destination .hook. .* must begin with https://"):
        replace(environment_named("production"), destinations=loopback)


def test_destinations_come_from_the_context_as_an_object_or_as_text():
    expected = {"erp": Destination("https://erp.example")}

    assert destinations_of({"erp": "https://erp.example"}) == expected
    assert destinations_of('{"erp": "https://erp.example"}') == expected
    assert destinations_of(None) == {}
    with pytest.raises(DestinationError, match="destinations must be an object"):
        destinations_of('["erp"]')
    with pytest.raises(DestinationError, match="destinations must be JSON"):
        destinations_of("erp=https://erp.example")
