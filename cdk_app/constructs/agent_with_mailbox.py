"""One kind of agent, deployed."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from cdk_app.constructs.agents_table import AgentsTable
from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import Mailbox
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.constructs.wake_ups import WakeUpQueue
from lambdas.agents.agent_spec import AgentSpec
from lambdas.settings.agent import AgentSettings

RECORDS_OF_A_RUN = 10
"""The most that Lambda takes from a FIFO queue at once."""


class AgentWithMailbox(Construct):
    """One run takes up to ten messages; the messages of one agent never overlap (FIFO groups).

    The role allows what the agent's spec names and no more: its state, the mailboxes it sends to, and the bus if it
    publishes. Answers to task tokens are granted by the state machines that hand them out.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: AgentSpec,
        mailboxes: Mapping[str, Mailbox],
        wake_ups: WakeUpQueue,
        agents_table: AgentsTable,
        bus: events.EventBus,
        package: FunctionPackage,
    ) -> None:
        """Make the function that takes turns for ``spec.kind`` and connect it with its mailbox."""
        super().__init__(scope, construct_id)
        self.spec = spec
        self.mailbox = mailboxes[spec.kind]
        receivers = [mailboxes[kind] for kind in spec.sends_to]
        self.turns = PythonFunction(
            self,
            "Turns",
            package=package,
            entrypoint="agent",
            settings=AgentSettings(
                agent_kind=spec.kind,
                agents_table=agents_table.table.table_name,
                mailboxes={receiver.kind: receiver.url for receiver in receivers},
                event_bus=bus.event_bus_name,
                wake_up_queue=wake_ups.queue.queue_url,
            ),
            description=f"Turns of agents of kind {spec.kind}",
        )
        self.turns.function.add_event_source(
            event_sources.SqsEventSource(
                self.mailbox.queue,
                batch_size=RECORDS_OF_A_RUN,
                max_concurrency=package.environment.agent_concurrency,
                report_batch_item_failures=True,
            )
        )
        agents_table.grant_turns(self.turns)
        wake_ups.grant_asking(self.turns)
        for receiver in receivers:
            receiver.grant_telling(self.turns)
        if spec.publishes:
            self.turns.grant("events:PutEvents", on=[bus.event_bus_arn])
        self.alarms = (
            self.mailbox.waits_too_long(construct_id),
            self.turns.errors(construct_id),
            self._sends_back(construct_id),
        )

    def _sends_back(self, name: str) -> AlarmSpec:
        """An operator is called when messages come back again and again.

        Such a run does not count as failed, and SQS may leave a message received three times out of the age it tells.
        """
        return AlarmSpec(
            name=f"{name}SendsBack",
            meaning=f"Turns of {self.spec.kind} agents fail again and again. The log of {name} names them.",
            metric=cloudwatch.Metric(
                namespace="Ringtree",
                metric_name="MessagesSentBack",
                dimensions_map={"agent_kind": self.spec.kind, "service": "agent"},
                period=Duration.minutes(5),
                statistic=cloudwatch.Stats.SUM,
            ),
            threshold=0,
            periods=3,
        )
