"""How heartbeats get from the bus into the device metrics."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.device_metrics_table import DeviceMetricsTable
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import Mailbox
from cdk_app.constructs.python_function import PythonFunction
from lambdas.settings.heartbeat_recorder import HeartbeatRecorderSettings

ATTEMPTS = 5
HEARTBEATS_OF_A_RUN = 100
GATHERING = Duration.seconds(1)
"""How long Lambda waits for a batch to fill: one write of many heartbeats is cheaper than many of one."""


class HeartbeatIntake(Construct):
    """Rule, queue, recorder. A heartbeat that cannot be recorded ends in a dead-letter queue: it is one of many."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.EventBus,
        device_metrics: DeviceMetricsTable,
        devices: Mailbox,
        package: FunctionPackage,
    ) -> None:
        """Feed the recorder with every heartbeat on the bus; it tells ``devices`` what has changed."""
        super().__init__(scope, construct_id)
        environment = package.environment
        self.rejected = self._queue("Rejected", None, Duration.seconds(30), package)
        visibility = Duration.seconds(environment.mailbox_visibility.total_seconds())
        self.queue = self._queue("Heartbeats", self.rejected, visibility, package)
        events.Rule(
            self,
            "HeartbeatReceived",
            event_bus=bus,
            event_pattern=events.EventPattern(source=["ringtree"], detail_type=["HeartbeatReceived"]),
            targets=[targets.SqsQueue(self.queue)],
        )
        self.recorder = PythonFunction(
            self,
            "Recorder",
            package=package,
            entrypoint="heartbeat_recorder",
            settings=HeartbeatRecorderSettings(
                metrics_table=device_metrics.table.table_name,
                mailboxes={devices.name: devices.url},
                event_bus=bus.event_bus_name,
                series_retention=environment.metrics_retention,
                lease_bucket=environment.lease_bucket,
                lease_shards=environment.lease_shards,
            ),
            description="Records the vitals of devices",
        )
        self.recorder.function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=HEARTBEATS_OF_A_RUN,
                max_batching_window=GATHERING,
                max_concurrency=environment.agent_concurrency,
                report_batch_item_failures=True,
            )
        )
        device_metrics.grant_recording(self.recorder)
        devices.grant_telling(self.recorder)
        self.recorder.grant("events:PutEvents", on=[bus.event_bus_arn])
        self.alarms = self._alarms()

    def _queue(
        self, construct_id: str, rejected: sqs.Queue | None, visibility: Duration, package: FunctionPackage
    ) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            dead_letter_queue=None
            if rejected is None
            else sqs.DeadLetterQueue(max_receive_count=ATTEMPTS, queue=rejected),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=package.environment.removal_policy,
            retention_period=Duration.days(4 if rejected else 14),
            visibility_timeout=visibility,
        )

    def _alarms(self) -> tuple[AlarmSpec, ...]:
        return (
            self.recorder.errors("HeartbeatRecorder"),
            AlarmSpec(
                name="HeartbeatAge",
                meaning="Heartbeats are recorded late; devices may be taken for silent. See HeartbeatRecorder.",
                metric=self.queue.metric_approximate_age_of_oldest_message(
                    period=Duration.minutes(1), statistic=cloudwatch.Stats.MAXIMUM
                ),
                threshold=120,
                periods=3,
            ),
            AlarmSpec(
                name="HeartbeatsRejected",
                meaning=f"Heartbeats could not be recorded in {ATTEMPTS} attempts; they wait in the queue Rejected.",
                metric=self.rejected.metric_approximate_number_of_messages_visible(
                    period=Duration.minutes(5), statistic=cloudwatch.Stats.MAXIMUM
                ),
                threshold=0,
            ),
        )
