"""What the device API works with, and how it is put together with AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lambdas.actors.ports import AgentDirectory, Mailbox
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_agent_directory import DynamoDBAgentDirectory
from lambdas.aws.dynamodb_catalog import DynamoDBCatalog
from lambdas.aws.eventbridge_event_bus import EventBridgeEventBus
from lambdas.aws.s3_artifact_store import S3ArtifactStore
from lambdas.aws.s3_client import s3_client
from lambdas.aws.secretsmanager_secrets import SecretsManagerSecrets
from lambdas.aws.sqs_mailbox import SQSMailbox
from lambdas.fleet.ports import ArtifactStore, Catalog, EventBus
from lambdas.settings.device_api import DeviceApiSettings


@dataclass(frozen=True, slots=True)
class DevicePorts:
    """Everything that a route of the device API may touch."""

    agents: AgentDirectory
    mailbox: Mailbox
    catalog: Catalog
    artifacts: ArtifactStore
    events: EventBus
    clock: Callable[[], datetime]
    enrolment_token: Callable[[], str]
    device_token_key: Callable[[], str]
    idle_heartbeat: timedelta
    active_heartbeat: timedelta
    download_validity: timedelta


def device_ports(settings: DeviceApiSettings) -> DevicePorts:
    """Put the ports together with AWS."""
    dynamodb = client("dynamodb")
    secrets = SecretsManagerSecrets(client("secretsmanager"), _now)
    return DevicePorts(
        agents=DynamoDBAgentDirectory(dynamodb, settings.agents_table),
        mailbox=SQSMailbox(client("sqs"), settings.mailboxes),
        catalog=DynamoDBCatalog(dynamodb, settings.catalog_table),
        artifacts=S3ArtifactStore(s3_client(), settings.artifacts_bucket),
        events=EventBridgeEventBus(client("events"), settings.event_bus),
        clock=_now,
        enrolment_token=lambda: secrets.secret(settings.enrolment_token_secret),
        device_token_key=lambda: secrets.secret(settings.device_token_key_secret),
        idle_heartbeat=settings.idle_heartbeat,
        active_heartbeat=settings.active_heartbeat,
        download_validity=settings.download_validity,
    )


def _now() -> datetime:
    return datetime.now(UTC)
