"""How agents are told what others announce: a rule for each subscription, and a relay into their mailboxes.

A rule could put its messages into a FIFO queue itself, but not here: its target names one fixed message group, and the
queue would need content-based deduplication (EventBridge API, ``SqsParameters``), which knows repeats for five minutes
only. The relay chooses the agent by the topic and makes the event's id the idempotency key of the frame.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import MESSAGE_RETENTION, Mailbox
from cdk_app.constructs.python_function import PythonFunction
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.actors.coordination.topics import event_pattern
from lambdas.agents.agent_spec import AgentSpec
from lambdas.settings.topic_relay import TopicRelaySettings

ATTEMPTS = 1_000
"""As many as SQS allows, two days of them: an announcement set aside is one that a subscriber does not hear."""


class TopicSubscription(Construct):
    """One rule: what one kind of agent wants, for the relay's queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        kind: str,
        subscription: Subscription,
        bus: events.IEventBus,
        queue: sqs.IQueue,
    ) -> None:
        """Let through what the subscription's pattern means, with the names of what let it through."""
        super().__init__(scope, construct_id)
        pattern = event_pattern(subscription.pattern)
        self.rule = events.Rule(
            self,
            "Rule",
            event_bus=bus,
            description=f"What agents of kind {kind} are told of {subscription.pattern}",
            event_pattern=events.EventPattern(detail_type=pattern["detail-type"], detail=pattern["detail"]),
        )
        told = {
            "kind": kind,
            "pattern": subscription.pattern,
            "key": subscription.key,
            "detail": events.EventField.from_path("$.detail"),
        }
        self.rule.add_target(targets.SqsQueue(queue, message=events.RuleTargetInput.from_object(told)))


class TopicSubscriptions(Construct):
    """The rules of all kinds that have subscribed to something, the queue they fill, and the relay that empties it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        specs: Sequence[AgentSpec],
        bus: events.IEventBus,
        mailboxes: Mapping[str, Mailbox],
        package: FunctionPackage,
    ) -> None:
        """Make nothing but the rules, the queue with its dead letters, and the relay."""
        super().__init__(scope, construct_id)
        subscribing = [spec for spec in specs if spec.subscribes_to]
        told = [mailboxes[spec.kind] for spec in subscribing]
        self.unreadable = self._queue("Unreadable", package)
        self.queue = self._queue(
            "Queue", package, sqs.DeadLetterQueue(max_receive_count=ATTEMPTS, queue=self.unreadable)
        )
        self._allow_rules(bus)
        filled = sqs.Queue.from_queue_arn(self, "Filled", self.queue.queue_arn)
        for spec in subscribing:
            for number, subscription in enumerate(spec.subscribes_to, start=1):
                TopicSubscription(
                    self,
                    f"{spec.kind}-{number}",
                    kind=spec.kind,
                    subscription=subscription,
                    bus=bus,
                    queue=filled,
                )
        self.relay = PythonFunction(
            self,
            "Relay",
            package=package,
            entrypoint="topic_relay",
            settings=TopicRelaySettings(mailboxes={mailbox.name: mailbox.url for mailbox in told}),
            description="Tells agents what others announce",
        )
        self.relay.function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=10,
                max_concurrency=package.environment.worker_concurrency,
                report_batch_item_failures=True,
            )
        )
        for mailbox in told:
            mailbox.grant_telling(self.relay)
        self.alarms = (self.relay.errors("TopicRelay"), self._set_aside())

    def _allow_rules(self, bus: events.IEventBus) -> None:
        """Let all rules of the bus fill the queue by one statement: its policy holds ten conditions at most.

        Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
        """
        rules = Stack.of(self).format_arn(service="events", resource="rule", resource_name=f"{bus.event_bus_name}/*")
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={"ArnLike": {"aws:SourceArn": rules}},
            )
        )

    def _queue(self, name: str, package: FunctionPackage, dead_letters: sqs.DeadLetterQueue | None = None) -> sqs.Queue:
        environment = package.environment
        return sqs.Queue(
            self,
            name,
            dead_letter_queue=dead_letters,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=environment.removal_policy,
            retention_period=MESSAGE_RETENTION,
            visibility_timeout=Duration.seconds(environment.mailbox_visibility.total_seconds()),
        )

    def _set_aside(self) -> AlarmSpec:
        return AlarmSpec(
            name="AnnouncementsSetAside",
            meaning=f"Announcements failed {ATTEMPTS} times: subscribers miss them. They are in the queue Unreadable.",
            metric=self.unreadable.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(5), statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=0,
        )
