"""What the operator API works with, and how it is put together with AWS."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lambdas.actors.ports import (
    AgentDirectory,
    ClaimStore,
    DeadLetterStore,
    ExternalCaller,
    Journal,
    Mailbox,
    MailboxDepths,
    PromiseStore,
)
from lambdas.aws.clients import client
from lambdas.aws.dynamodb_agent_directory import DynamoDBAgentDirectory
from lambdas.aws.dynamodb_catalog import DynamoDBCatalog
from lambdas.aws.dynamodb_dead_letter_store import DynamoDBDeadLetterStore
from lambdas.aws.dynamodb_device_metrics import DynamoDBDeviceMetrics
from lambdas.aws.dynamodb_journal import DynamoDBJournal
from lambdas.aws.dynamodb_promise_store import DynamoDBPromiseStore
from lambdas.aws.s3_artifact_store import S3ArtifactStore
from lambdas.aws.s3_claim_store import S3ClaimStore
from lambdas.aws.s3_client import s3_client
from lambdas.aws.sqs_external_caller import SQSExternalCaller
from lambdas.aws.sqs_mailbox import SQSMailbox
from lambdas.aws.sqs_mailbox_depths import SQSMailboxDepths
from lambdas.aws.stepfunctions_deployment_executions import StepFunctionsDeploymentExecutions
from lambdas.fleet.ports import ArtifactStore, Catalog, DeploymentExecutions, DeviceMetrics
from lambdas.fleet.rehearsals import Randomness
from lambdas.settings.operator_api import OperatorApiSettings


@dataclass(frozen=True, slots=True)
class OperatorPorts:
    """Everything that a route of the operator API may touch."""

    agents: AgentDirectory
    mailbox: Mailbox
    depths: MailboxDepths
    promises: PromiseStore
    letters: DeadLetterStore
    calls: ExternalCaller
    journal: Journal
    claims: ClaimStore
    """What was too large to travel to an agent, or to be kept in its journal."""
    catalog: Catalog
    artifacts: ArtifactStore
    metrics: DeviceMetrics
    executions: DeploymentExecutions
    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    """Let that many seconds pass."""
    randomness: Randomness
    new_id: Callable[[], str]
    """Make up a name that nothing bears."""
    upload_validity: timedelta
    patience: timedelta
    """How long a request waits for agents to apply what it told them."""


def operator_ports(settings: OperatorApiSettings) -> OperatorPorts:
    """Put the ports together with AWS."""
    dynamodb = client("dynamodb")
    claims = S3ClaimStore(s3_client(), settings.artifacts_bucket)
    return OperatorPorts(
        agents=DynamoDBAgentDirectory(dynamodb, settings.agents_table),
        mailbox=SQSMailbox(client("sqs"), settings.mailboxes),
        depths=SQSMailboxDepths(client("sqs"), settings.mailboxes, _now),
        promises=DynamoDBPromiseStore(dynamodb, settings.runtime_records_table),
        letters=DynamoDBDeadLetterStore(dynamodb, settings.runtime_records_table),
        calls=SQSExternalCaller(client("sqs"), settings.call_out_queue),
        journal=DynamoDBJournal(dynamodb, settings.journal_table, claims),
        claims=claims,
        catalog=DynamoDBCatalog(dynamodb, settings.catalog_table),
        artifacts=S3ArtifactStore(s3_client(), settings.artifacts_bucket),
        metrics=DynamoDBDeviceMetrics(dynamodb, settings.metrics_table, _now),
        executions=StepFunctionsDeploymentExecutions(client("stepfunctions"), settings.deployment_machine),
        clock=_now,
        wait=time.sleep,
        randomness=random.SystemRandom(),
        new_id=lambda: uuid.uuid4().hex[:12],
        upload_validity=settings.upload_validity,
        patience=settings.rehearsal_patience,
    )


def _now() -> datetime:
    return datetime.now(UTC)
