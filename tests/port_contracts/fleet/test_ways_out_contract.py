"""What the adapters of the bus, of the supervisors and of the secrets do."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.eventbridge_event_bus import EventBridgeEventBus
from lambdas.aws.secretsmanager_secrets import KEPT_FOR, SecretsManagerSecrets
from lambdas.aws.stepfunctions_deployment_executions import StepFunctionsDeploymentExecutions
from lambdas.fleet.events import DeviceOnline, HeartbeatReceived
from lambdas.fleet.in_memory.ways_out import InMemoryDeploymentExecutions
from lambdas.fleet.ports import DeploymentExecutions
from lambdas.fleet.vitals import Vitals
from tests.port_contracts.fleet.conftest import AwsOrNone
from tests.port_contracts.fleet.technologies import Aws

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_event_reaches_the_rules_of_the_bus_with_its_name_and_its_fields(aws: Aws) -> None:
    bus, queue = aws.bus_into_queue()

    EventBridgeEventBus(aws.client("events"), bus).publish(DeviceOnline("d-1", NOON), "event-1")

    (event,) = aws.received(queue)
    assert (event["source"], event["detail-type"]) == ("ringtree", "DeviceOnline")
    assert event["detail"] == {"device_id": "d-1", "occurred_at": "2026-03-01T12:00:00Z", "event_id": "event-1"}


def test_heartbeat_keeps_its_vitals_on_the_way(aws: Aws) -> None:
    bus, queue = aws.bus_into_queue()
    heartbeat = HeartbeatReceived("d-1", NOON, NOON, "boot-1", None, False, Vitals(1.5, 2, 3), 15.0)

    EventBridgeEventBus(aws.client("events"), bus).publish(heartbeat, "event-1")

    (event,) = aws.received(queue)
    assert event["detail"]["vitals"]["cpu_percent"] == 1.5
    assert event["detail"]["running_release"] is None
    assert event["detail"]["next_heartbeat_seconds"] == 15.0


def test_event_that_is_not_taken_is_an_error_that_names_it() -> None:
    class Refusing:
        @staticmethod
        def put_events(**_: Any) -> dict[str, Any]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"}]}

    with pytest.raises(PortUnavailableError, match="DeviceOnline event-1 was not taken: ThrottlingException slow"):
        EventBridgeEventBus(Refusing(), "bus").publish(DeviceOnline("d-1", NOON), "event-1")


@pytest.fixture
def executions(memory_or_aws: AwsOrNone) -> DeploymentExecutions:
    if memory_or_aws is None:
        return InMemoryDeploymentExecutions()
    return StepFunctionsDeploymentExecutions(memory_or_aws.client("stepfunctions"), memory_or_aws.state_machine())


def test_supervisor_starts_once_however_often_it_is_asked(executions: DeploymentExecutions) -> None:
    executions.start("dep-1", {"deployment_id": "dep-1"})
    executions.start("dep-1", {"deployment_id": "dep-1"})

    assert not executions.start("dep-1", {"deployment_id": "dep-1", "other": True})
    assert executions.start("dep-2", {"deployment_id": "dep-2"})


def test_execution_bears_the_name_of_the_deployment_and_its_input(aws: Aws) -> None:
    machine = aws.state_machine()
    client = aws.client("stepfunctions")

    StepFunctionsDeploymentExecutions(client, machine).start("dep-1", {"deployment_id": "dep-1"})

    (execution,) = client.list_executions(stateMachineArn=machine)["executions"]
    assert execution["name"] == "dep-1"
    described = client.describe_execution(executionArn=execution["executionArn"])
    assert described["input"] == '{"deployment_id":"dep-1"}'


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


def test_secret_is_read_once_in_a_while(aws: Aws) -> None:
    clock = Clock()
    name = aws.secret("first")
    secrets = SecretsManagerSecrets(aws.client("secretsmanager"), clock)
    assert secrets.secret(name) == "first"

    aws.client("secretsmanager").put_secret_value(SecretId=name, SecretString="second")

    clock.now += KEPT_FOR - timedelta(seconds=1)
    assert secrets.secret(name) == "first"
    clock.now += timedelta(seconds=1)
    assert secrets.secret(name) == "second"
