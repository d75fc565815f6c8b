"""How agents are reminded: a queue whose messages appear when a reminder is due, and what fills it in time."""

from collections.abc import Mapping
from datetime import timedelta

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_app.constructs.agents_table import AgentsTable
from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import MESSAGE_RETENTION, Mailbox
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.constructs.runtime_records_table import RuntimeRecordsTable
from cdk_app.environments import Environment
from lambdas.actors.lanes import Lane
from lambdas.settings.wake_up_reconciliation import WakeUpReconciliationSettings
from lambdas.settings.wake_up_relay import WakeUpRelaySettings
from lambdas.settings.wake_up_sweep import WakeUpSweepSettings

ATTEMPTS = 1_000
"""As many as SQS allows, two days of them: a wake-up set aside is an agent that is not reminded."""

SWEEP_INTERVAL = Duration.minutes(1)

SEGMENTS = 4
"""Runs beside one another that look through all agents; a rule of EventBridge has at most five targets."""

LEASE_MARGIN = timedelta(seconds=5)
"""How much longer a lease is than the longest run of its holder."""

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
    """Takes wake-ups whose delay is over and tells the agent."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        wake_ups: WakeUpQueue,
        mailboxes: Mapping[str, Mailbox],
        package: FunctionPackage,
    ) -> None:
        """Make the relay between the queue of wake-ups and the mailboxes of all kinds, through their normal lanes."""
        super().__init__(scope, construct_id)
        woken = in_normal_lanes(mailboxes)
        self.relay = PythonFunction(
            self,
            "Relay",
            package=package,
            entrypoint="wake_up_relay",
            settings=WakeUpRelaySettings(mailboxes={mailbox.name: mailbox.url for mailbox in woken}),
            description="Tells agents that a reminder is due",
        )
        self.relay.function.add_event_source(
            event_sources.SqsEventSource(
                wake_ups.queue,
                batch_size=10,
                max_concurrency=package.environment.worker_concurrency,
                report_batch_item_failures=True,
            )
        )
        for mailbox in woken:
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


class WakeUpSweep(Construct):
    """Once a minute, wake-ups that were too far off for the queue are moved into it: what is due in the next minutes.

    A run that fails is made good by the next; wake-ups are late only when five in a row do.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        wake_ups: WakeUpQueue,
        runtime_records: RuntimeRecordsTable,
        package: FunctionPackage,
    ) -> None:
        """Make the sweep between the table and the queue, and its schedule."""
        super().__init__(scope, construct_id)
        environment = package.environment
        self.sweep = PythonFunction(
            self,
            "Sweep",
            package=package,
            entrypoint="wake_up_sweep",
            settings=WakeUpSweepSettings(
                runtime_records_table=runtime_records.table.table_name,
                wake_up_queue=wake_ups.queue.queue_url,
                lease=environment.sweep_timeout + LEASE_MARGIN,
            ),
            description="Moves wake-ups that were far off into their queue",
            timeout=environment.sweep_timeout,
        )
        self.sweep.runs_once_per_event(SWEEP_INTERVAL)
        runtime_records.grant_sweeping_wake_ups(self.sweep)
        runtime_records.grant_leases(self.sweep)
        wake_ups.grant_asking(self.sweep)
        events.Rule(
            self,
            "EveryMinute",
            schedule=events.Schedule.rate(SWEEP_INTERVAL),
            targets=[targets.LambdaFunction(self.sweep.function, max_event_age=SWEEP_INTERVAL, retry_attempts=0)],
        )
        self.alarms = (self.sweep.errors("WakeUpSweep"),)


class WakeUpReconciliation(Construct):
    """A few times a day, agents whose wake-up never came are woken: the longest that a lost one can delay a reminder.

    All agents are looked through, in segments that run beside one another.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        mailboxes: Mapping[str, Mailbox],
        agents_table: AgentsTable,
        runtime_records: RuntimeRecordsTable,
        package: FunctionPackage,
    ) -> None:
        """Make the function and its schedule; it tells agents of all kinds, through their normal lanes."""
        super().__init__(scope, construct_id)
        environment = package.environment
        woken = in_normal_lanes(mailboxes)
        self.reconciliation = PythonFunction(
            self,
            "Reconciliation",
            package=package,
            entrypoint="wake_up_reconciliation",
            settings=WakeUpReconciliationSettings(
                agents_table=agents_table.table.table_name,
                runtime_records_table=runtime_records.table.table_name,
                mailboxes={mailbox.name: mailbox.url for mailbox in woken},
                lease=environment.step_timeout + LEASE_MARGIN,
            ),
            description="Wakes agents whose wake-up was lost",
            timeout=environment.step_timeout,
        )
        self.reconciliation.runs_once_per_event(Duration.minutes(5))
        agents_table.grant_looking_through(self.reconciliation)
        runtime_records.grant_cursors(self.reconciliation)
        runtime_records.grant_leases(self.reconciliation)
        for mailbox in woken:
            mailbox.grant_telling(self.reconciliation)
        segments = [
            events.RuleTargetInput.from_object({"segment": number, "segments": SEGMENTS}) for number in range(SEGMENTS)
        ]
        events.Rule(
            self,
            "EveryFewHours",
            schedule=events.Schedule.rate(Duration.seconds(environment.reconciliation_interval.total_seconds())),
            targets=[
                targets.LambdaFunction(self.reconciliation.function, event=segment, retry_attempts=0)
                for segment in segments
            ],
        )
        self.alarms = (self.reconciliation.errors("WakeUpReconciliation"),)


def in_normal_lanes(mailboxes: Mapping[str, Mailbox]) -> list[Mailbox]:
    """Where wake-ups go: every kind of agent has this lane."""
    return [mailbox for mailbox in mailboxes.values() if mailbox.lane is Lane.NORMAL]
