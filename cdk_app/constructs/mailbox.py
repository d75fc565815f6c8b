"""The queue of one lane of one kind of agent."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment
from lambdas.actors.lanes import Lane, mailbox_name

MESSAGE_RETENTION = Duration.days(14)


class Mailbox(Construct):
    """A FIFO queue in which the messages of one agent are one group: in order, never two at a time.

    It has no redrive policy: moving a message to a dead-letter queue would drop what its turn had committed but not yet
    sent, and let the agent's later messages overtake it. The runtime counts failures itself.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, kind: str, environment: Environment, lane: Lane = Lane.NORMAL
    ) -> None:
        super().__init__(scope, construct_id)
        self.kind = kind
        self.lane = lane
        self.queue = sqs.Queue(
            self,
            "Queue",
            fifo=True,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=environment.removal_policy,
            retention_period=MESSAGE_RETENTION,
            visibility_timeout=Duration.seconds(environment.mailbox_visibility.total_seconds()),
        )

    @property
    def name(self) -> str:
        """What settings call it: ``device``, ``device.control``."""
        return mailbox_name(self.kind, self.lane)

    @property
    def url(self) -> str:
        """Where senders send to."""
        return self.queue.queue_url

    @property
    def arn(self) -> str:
        """What roles name."""
        return self.queue.queue_arn

    def grant_telling(self, function: PythonFunction) -> None:
        """Let a function tell agents of this kind something."""
        function.grant("sqs:SendMessage", on=[self.arn])

    def grant_sizing(self, function: PythonFunction) -> None:
        """Let a function see how much waits, so that it lets in no more than agents can work off."""
        function.grant("sqs:GetQueueAttributes", on=[self.arn])

    def grant_postponing(self, function: PythonFunction) -> None:
        """Let a function say when a message that it could not handle comes again."""
        function.grant("sqs:ChangeMessageVisibility", on=[self.arn])

    def waits_too_long(self) -> AlarmSpec:
        """An operator is called when an agent has not taken its oldest message for five minutes."""
        return AlarmSpec(
            name=f"{self.node.id}Age",
            meaning=f"The oldest message in mailbox {self.name} waits. The log of its agents has the failed turns.",
            metric=self.queue.metric_approximate_age_of_oldest_message(
                period=Duration.minutes(1), statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=300,
            periods=3,
        )
