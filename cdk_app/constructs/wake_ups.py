"""How agents are reminded: a queue whose messages appear when a reminder is due."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import MESSAGE_RETENTION, Mailbox
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment
from lambdas.settings.wake_up_relay import WakeUpRelaySettings

ATTEMPTS = 1_000
"""As many as SQS allows, two days of them: a wake-up set aside is an agent that is not reminded."""

LATE_SECONDS = 1_080
"""The longest delay and one attempt. SQS leaves a message received three times out of the age of the oldest."""


class WakeUpQueue(Construct):
    """A standard queue: FIFO queues cannot delay a single message. A wake-up holds an address and a time, no state."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self.unreadable = sqs.Queue(
            self,
            "Unreadable",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=environment.removal_policy,
            retention_period=MESSAGE_RETENTION,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=ATTEMPTS, queue=self.unreadable),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=environment.removal_policy,
            retention_period=MESSAGE_RETENTION,
            visibility_timeout=Duration.seconds(environment.mailbox_visibility.total_seconds()),
        )

    def grant_asking(self, function: PythonFunction) -> None:
        """Let a function ask for a wake-up."""
        function.grant("sqs:SendMessage", on=[self.queue.queue_arn])


class WakeUpRelay(Construct):
    """Takes wake-ups that are due and tells the agent; one due later than SQS can delay goes round again."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        wake_ups: WakeUpQueue,
        mailboxes: Mapping[str, Mailbox],
        package: FunctionPackage,
    ) -> None:
        """Make the relay between the queue of wake-ups and the mailboxes of all kinds."""
        super().__init__(scope, construct_id)
        self.relay = PythonFunction(
            self,
            "Relay",
            package=package,
            entrypoint="wake_up_relay",
            settings=WakeUpRelaySettings(
                mailboxes={kind: mailbox.url for kind, mailbox in mailboxes.items()},
                wake_up_queue=wake_ups.queue.queue_url,
            ),
            description="Tells agents that a reminder is due",
        )
        self.relay.function.add_event_source(
            event_sources.SqsEventSource(
                wake_ups.queue,
                batch_size=10,
                max_concurrency=package.environment.agent_concurrency,
                report_batch_item_failures=True,
            )
        )
        wake_ups.grant_asking(self.relay)
        for mailbox in mailboxes.values():
            mailbox.grant_telling(self.relay)
        self.alarms = (
            self.relay.errors("WakeUpRelay"),
            AlarmSpec(
                name="WakeUpAge",
                meaning="Reminders are late: a wake-up has waited long after it was due. See the log of WakeUpRelay.",
                metric=wake_ups.queue.metric_approximate_age_of_oldest_message(
                    period=Duration.minutes(1), statistic=cloudwatch.Stats.MAXIMUM
                ),
                threshold=LATE_SECONDS,
                periods=3,
            ),
            AlarmSpec(
                name="WakeUpsSetAside",
                meaning=f"Agents are not reminded: wake-ups failed {ATTEMPTS} times. They are in the queue Unreadable.",
                metric=wake_ups.unreadable.metric_approximate_number_of_messages_visible(
                    period=Duration.minutes(5), statistic=cloudwatch.Stats.MAXIMUM
                ),
                threshold=0,
            ),
        )
