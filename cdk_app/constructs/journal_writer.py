"""How committed versions of agents get into the journal."""

import json
from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_app.constructs.agents_table import AgentsTable
from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.artifacts_bucket import ArtifactsBucket
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.journal_table import JournalTable
from cdk_app.constructs.mailbox import MESSAGE_RETENTION
from cdk_app.constructs.python_function import PythonFunction
from lambdas.settings.journal_writer import JournalWriterSettings

VERSIONS_OF_A_RUN = 100
"""Four writes of 25 items, in some 60 ms."""

GATHERING = Duration.seconds(5)
"""How long Lambda waits for a batch to fill. A run is billed $0.2 per million and 512 MB for 30 ms, another $0.2, for
one version or a hundred; the commits of a quiet fleet come one by one, and nobody waits for the journal."""

RUNS_OF_A_SHARD = 2
"""A shard of the stream takes up to a thousand commits a second; one run at a time keeps up with that, two catch up."""

ATTEMPTS = 10_000
"""As many as Lambda allows: nothing is set aside while the table or the bucket is away. What can never be kept the
function sets aside by itself."""

GIVEN_UP_AFTER = Duration.hours(23)
"""Older versions are set aside with their place in the stream, where they can be read for an hour more."""

LATE = Duration.hours(1)
"""The stream keeps records for 24 hours; whoever is called an hour late has 23 to mend it."""


class JournalWriter(Construct):
    """Reads the stream of the agents table. Each commit is one record of it, so versions come whole and in order."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        kinds: Sequence[str],
        agents_table: AgentsTable,
        journal: JournalTable,
        artifacts: ArtifactsBucket,
        package: FunctionPackage,
    ) -> None:
        """Write the versions of agents of ``kinds``; those of others never start the function."""
        super().__init__(scope, construct_id)
        environment = package.environment
        self.unkept = sqs.Queue(
            self,
            "Unkept",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=environment.removal_policy,
            retention_period=MESSAGE_RETENTION,
        )
        self.writer = PythonFunction(
            self,
            "Writer",
            package=package,
            entrypoint="journal_writer",
            settings=JournalWriterSettings(
                journal_table=journal.table.table_name,
                claims_bucket=artifacts.name,
                journal_retention=environment.journal_retention,
                unkept_queue=self.unkept.queue_url,
            ),
            description="Keeps every committed version of an agent",
        )
        self._read_stream(agents_table, kinds)
        journal.grant_keeping(self.writer)
        artifacts.grant_keeping_claims(self.writer)
        self.alarms = self._alarms()

    def _read_stream(self, agents_table: AgentsTable, kinds: Sequence[str]) -> None:
        self.writer.function.add_event_source_mapping(
            "Versions",
            batch_size=VERSIONS_OF_A_RUN,
            bisect_batch_on_error=True,
            event_source_arn=agents_table.stream_arn,
            filters=[{"pattern": json.dumps(of_kinds(kinds))}],
            max_batching_window=GATHERING,
            on_failure=event_sources.SqsDlq(self.unkept),
            parallelization_factor=RUNS_OF_A_SHARD,
            report_batch_item_failures=True,
            max_record_age=GIVEN_UP_AFTER,
            retry_attempts=ATTEMPTS,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
        )
        agents_table.grant_following(self.writer)

    def _alarms(self) -> tuple[AlarmSpec, ...]:
        return (
            self.writer.errors("JournalWriter"),
            AlarmSpec(
                name="JournalLate",
                meaning="Versions of agents are not in the journal after an hour. See the log of JournalWriter.",
                metric=self.writer.function.metric(
                    "IteratorAge", period=Duration.minutes(5), statistic=cloudwatch.Stats.MAXIMUM
                ),
                threshold=LATE.to_milliseconds(),
            ),
            AlarmSpec(
                name="VersionsUnkept",
                meaning="Versions of agents could not be read or kept; the queue Unkept names their place.",
                metric=self.unkept.metric_approximate_number_of_messages_visible(
                    period=Duration.minutes(5), statistic=cloudwatch.Stats.MAXIMUM
                ),
                threshold=0,
            ),
        )


def of_kinds(kinds: Sequence[str]) -> dict[str, object]:
    """Match what was committed by agents of these kinds; what a filter leaves out is not paid for."""
    addresses = [{"prefix": f"{kind}/"} for kind in kinds]
    return {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"agent": {"S": addresses}}}}
