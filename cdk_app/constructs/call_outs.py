"""How agents call out: a queue of calls, and the function that posts them to destinations."""

from datetime import timedelta

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import MESSAGE_RETENTION
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.constructs.runtime_records_table import RuntimeRecordsTable
from cdk_app.environments import Environment
from lambdas.settings.call_out_worker import CallOutWorkerSettings

ATTEMPTS = 1_000
"""As many as SQS allows: the worker itself gives a call up after 24 hours, at about 300 tries."""

IN_FLIGHT_QUOTA = 120_000
"""Messages of a standard queue that may be received and not deleted, so also calls that wait for their next try.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""
WAITING_CALLS = 100_000

CALLS_OF_A_RUN = 10
RUN_LIMIT = timedelta(seconds=30)
"""Longest run of the worker: all calls of a batch leave at once, and each is given up after 12 s."""


class CallOutQueue(Construct):
    """A standard queue: calls have no order, and each waits by itself for its next try."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self.set_aside = sqs.Queue(
            self,
            "SetAside",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=environment.removal_policy,
            retention_period=MESSAGE_RETENTION,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=ATTEMPTS, queue=self.set_aside),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=environment.removal_policy,
            retention_period=MESSAGE_RETENTION,
            visibility_timeout=Duration.seconds(6 * RUN_LIMIT.total_seconds()),
        )

    @property
    def url(self) -> str:
        """Where agents hand their calls over."""
        return self.queue.queue_url

    def grant_handing_over(self, function: PythonFunction) -> None:
        """Let a function hand calls over."""
        function.grant("sqs:SendMessage", on=[self.queue.queue_arn])

    def grant_taking_later(self, function: PythonFunction) -> None:
        """Let a function say when a call comes again."""
        function.grant("sqs:ChangeMessageVisibility", on=[self.queue.queue_arn])


class CallOutWorker(Construct):
    """Posts calls. Its concurrency is the bulkhead: slow destinations cannot take the account's functions away."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        calls: CallOutQueue,
        runtime_records: RuntimeRecordsTable,
        package: FunctionPackage,
    ) -> None:
        """Make the worker between the queue of calls and the destinations of the environment."""
        super().__init__(scope, construct_id)
        environment = package.environment
        self.worker = PythonFunction(
            self,
            "Worker",
            package=package,
            entrypoint="call_out_worker",
            settings=CallOutWorkerSettings(
                destinations=environment.destinations,
                call_out_queue=calls.url,
                runtime_records_table=runtime_records.table.table_name,
            ),
            description="Posts what agents tell the outside",
            timeout=RUN_LIMIT,
        )
        self.worker.function.add_event_source(
            event_sources.SqsEventSource(
                calls.queue,
                batch_size=CALLS_OF_A_RUN,
                max_concurrency=environment.worker_concurrency,
                report_batch_item_failures=True,
            )
        )
        calls.grant_taking_later(self.worker)
        runtime_records.grant_circuits(self.worker)
        runtime_records.grant_parking(self.worker)
        secrets = sorted({one.secret for one in environment.destinations.values() if one.secret})
        if secrets:
            self.worker.grant("secretsmanager:GetSecretValue", on=secrets)
        self.alarms = (self.worker.errors("CallOutWorker"), *_alarms(calls))


def _alarms(calls: CallOutQueue) -> tuple[AlarmSpec, ...]:
    return (
        AlarmSpec(
            name="CircuitOpen",
            meaning="A destination outside fails and is left alone; its calls wait. The log of CallOutWorker names it.",
            metric=_metric("CircuitsOpen", cloudwatch.Stats.MAXIMUM),
            threshold=0,
        ),
        AlarmSpec(
            name="CallsGivenUp",
            meaning="Calls to the outside were refused, or not taken for 24 hours: see letters of call_out/<name>.",
            metric=_metric("CallsGivenUp", cloudwatch.Stats.SUM),
            threshold=0,
        ),
        AlarmSpec(
            name="CallsInFlight",
            meaning=f"More than {WAITING_CALLS} calls wait for destinations; SQS gives out {IN_FLIGHT_QUOTA} at most.",
            metric=calls.queue.metric_approximate_number_of_messages_not_visible(
                period=Duration.minutes(5), statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=WAITING_CALLS,
        ),
        AlarmSpec(
            name="CallsSetAside",
            meaning=f"Calls to the outside failed {ATTEMPTS} times without a verdict. They are in the queue SetAside.",
            metric=calls.set_aside.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(5), statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=0,
        ),
    )


def _metric(name: str, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="Ringtree",
        metric_name=name,
        dimensions_map={"service": "call_out_worker"},
        period=Duration.minutes(5),
        statistic=statistic,
    )
