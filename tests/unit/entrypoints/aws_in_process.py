"""The resources that the functions work with, in moto."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
from moto import mock_aws

from lambdas.settings.device_api import DeviceApiSettings
from lambdas.settings.device_authorizer import DeviceAuthorizerSettings
from lambdas.settings.heartbeat_recorder import HeartbeatRecorderSettings
from lambdas.settings.liveness_sweep import LivenessSweepSettings
from lambdas.settings.operator_api import OperatorApiSettings
from lambdas.settings.operator_authorizer import OperatorAuthorizerSettings
from lambdas.settings.plan_deployment import PlanDeploymentSettings
from lambdas.settings.plan_rollback import PlanRollbackSettings
from lambdas.settings.wake_up_reconciliation import WakeUpReconciliationSettings
from lambdas.settings.wake_up_sweep import WakeUpSweepSettings

REGION = "us-east-1"
TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, str, str] | None]] = {
    "agents": (("agent",), ("by_kind", "kind_shard", "agent")),
    "catalog": (("kind", "name"), None),
    "metrics": (("device_id", "sample"), ("by_lease", "lease_shard", "device_id")),
    "runtime_records": (("owner", "record"), ("by_view", "view", "listed_at")),
}
"""Key attributes, and an index: its name and its keys. All attributes of keys are texts."""


@dataclass(frozen=True, slots=True)
class AwsInProcess:
    """Where everything is."""

    mailboxes: Mapping[str, str]
    wake_up_queue: str
    machine: str
    operator_token: str
    enrolment_token: str
    device_token_key: str

    def environment(self) -> dict[str, str]:
        """Write the settings of every function; they agree where they share a name."""
        mailboxes = self.mailboxes
        minute = timedelta(minutes=1)
        settings: tuple[Any, ...] = (
            OperatorApiSettings(
                agents_table="agents",
                catalog_table="catalog",
                metrics_table="metrics",
                artifacts_bucket="artifacts",
                runtime_records_table="runtime_records",
                journal_table="journal",
                mailboxes=mailboxes,
                call_out_queue="https://sqs.us-east-1.amazonaws.com/123456789012/call-outs",
                deployment_machine=self.machine,
                upload_validity=15 * minute,
                rehearsal_patience=minute / 60,
            ),
            DeviceApiSettings(
                "agents",
                "catalog",
                "artifacts",
                "fleet",
                mailboxes,
                self.enrolment_token,
                self.device_token_key,
                minute,
                minute / 4,
                15 * minute,
            ),
            OperatorAuthorizerSettings(self.operator_token),
            DeviceAuthorizerSettings(self.device_token_key),
            HeartbeatRecorderSettings("metrics", mailboxes, "fleet", timedelta(days=7), minute, 4),
            LivenessSweepSettings("metrics", mailboxes, "fleet", minute, 4, "runtime_records", minute),
            WakeUpSweepSettings("runtime_records", self.wake_up_queue, minute),
            WakeUpReconciliationSettings("agents", "runtime_records", mailboxes, minute),
            PlanDeploymentSettings("agents", "artifacts"),
            PlanRollbackSettings("agents", "artifacts"),
        )
        return {name: value for one in settings for name, value in one.to_environment().items()}


@contextmanager
def aws_in_process() -> Iterator[AwsInProcess]:
    """Make everything, and forget it in the end."""
    with mock_aws():
        for table, (keys, index) in TABLES.items():
            make_table(boto3.client("dynamodb", region_name=REGION), table, keys, index)
        boto3.client("s3", region_name=REGION).create_bucket(Bucket="artifacts")
        boto3.client("events", region_name=REGION).create_event_bus(Name="fleet")
        yield AwsInProcess(
            mailboxes={kind: _mailbox(kind) for kind in ("device", "deployment", "task_scheduler")},
            wake_up_queue=boto3.client("sqs", region_name=REGION).create_queue(QueueName="wake-ups")["QueueUrl"],
            machine=_machine(),
            operator_token=_secret("operator", "operator-secret"),
            enrolment_token=_secret("enrolment", "enrolment-secret"),
            device_token_key=_secret("device-key", "device-key-secret"),
        )


def make_table(client: Any, table: str, keys: tuple[str, ...], index: tuple[str, str, str] | None) -> None:
    """Make a table and, where it has one, its index."""
    attributes = dict.fromkeys((*keys, *(index[1:] if index else ())))
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
        KeySchema=_key_schema(*keys),
        **({"GlobalSecondaryIndexes": [_index(*index)]} if index else {}),
    )


def _index(name: str, *keys: str) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": _key_schema(*keys), "Projection": {"ProjectionType": "ALL"}}


def _key_schema(*keys: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)]


def _mailbox(kind: str) -> str:
    sqs = boto3.client("sqs", region_name=REGION)
    attributes = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    url: str = sqs.create_queue(QueueName=f"{kind}.fifo", Attributes=attributes)["QueueUrl"]
    return url


def _machine() -> str:
    definition = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'
    role = "arn:aws:iam::123456789012:role/machine"
    machine = boto3.client("stepfunctions", region_name=REGION).create_state_machine(
        name="deployment", definition=definition, roleArn=role
    )
    arn: str = machine["stateMachineArn"]
    return arn


def _secret(name: str, text: str) -> str:
    arn: str = boto3.client("secretsmanager", region_name=REGION).create_secret(Name=name, SecretString=text)["ARN"]
    return arn
