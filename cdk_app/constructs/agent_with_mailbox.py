"""One kind of agent, deployed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from cdk_app.constructs.agents_table import AgentsTable
from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.artifacts_bucket import ArtifactsBucket
from cdk_app.constructs.call_outs import CallOutQueue
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import Mailbox
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.constructs.runtime_records_table import RuntimeRecordsTable
from cdk_app.constructs.wake_ups import WakeUpQueue
from lambdas.agents.agent_spec import AgentSpec
from lambdas.settings.agent import AgentSettings

RECORDS_OF_A_RUN = 10
"""The most that Lambda takes from a FIFO queue at once."""

METRICS_NAMESPACE = "Ringtree"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResources:
    """What agents of all kinds keep their state in and speak through."""

    mailboxes: Mapping[str, Mailbox]
    """Of all kinds and lanes, by name."""
    wake_ups: WakeUpQueue
    call_outs: CallOutQueue
    agents_table: AgentsTable
    runtime_records: RuntimeRecordsTable
    artifacts: ArtifactsBucket
    bus: events.EventBus

    def mailboxes_of(self, kind: str) -> tuple[Mailbox, ...]:
        """List the mailboxes of a kind, one for each of its lanes."""
        return tuple(mailbox for mailbox in self.mailboxes.values() if mailbox.kind == kind)


class AgentWithMailbox(Construct):
    """One run takes up to ten messages of one lane; the messages of one agent's lane never overlap (FIFO groups).

    The role allows what the agent's spec names and no more: its state and records, the mailboxes it sends to (its own
    among them: held messages come back through it), the bus if it publishes, the queue to the outside if it calls out.
    Answers to task tokens are granted by the state machines that hand them out.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: AgentSpec,
        resources: AgentResources,
        package: FunctionPackage,
    ) -> None:
        """Make the function that takes turns for ``spec.kind`` and connect it with its mailboxes."""
        super().__init__(scope, construct_id)
        self.spec = spec
        self.mailboxes = resources.mailboxes_of(spec.kind)
        receivers = [
            mailbox for kind in dict.fromkeys((spec.kind, *spec.sends_to)) for mailbox in resources.mailboxes_of(kind)
        ]
        self.turns = self._turns(receivers, resources, package)
        for mailbox in self.mailboxes:
            self.turns.function.add_event_source(
                event_sources.SqsEventSource(
                    mailbox.queue,
                    batch_size=RECORDS_OF_A_RUN,
                    max_concurrency=package.environment.bulkhead(spec.kind, mailbox.lane),
                    report_batch_item_failures=True,
                )
            )
        self._grant(receivers, resources)
        self.alarms = (
            *(mailbox.waits_too_long() for mailbox in self.mailboxes),
            self.turns.errors(construct_id),
            self._sends_back(construct_id),
            self._dead_letters(construct_id),
        )

    def _turns(
        self, receivers: Sequence[Mailbox], resources: AgentResources, package: FunctionPackage
    ) -> PythonFunction:
        return PythonFunction(
            self,
            "Turns",
            package=package,
            entrypoint="agent",
            settings=AgentSettings(
                agent_kind=self.spec.kind,
                agents_table=resources.agents_table.table.table_name,
                runtime_records_table=resources.runtime_records.table.table_name,
                claims_bucket=resources.artifacts.name,
                lanes={mailbox.queue.queue_name: mailbox.lane for mailbox in self.mailboxes},
                mailboxes={receiver.name: receiver.url for receiver in receivers},
                event_bus=resources.bus.event_bus_name,
                wake_up_queue=resources.wake_ups.queue.queue_url,
                call_out_queue=resources.call_outs.queue.queue_url,
            ),
            description=f"Turns of agents of kind {self.spec.kind}",
            reserved_concurrency=package.environment.reserved_concurrency(self.spec.kind, self.spec.lanes),
        )

    def _grant(self, receivers: Sequence[Mailbox], resources: AgentResources) -> None:
        kind, turns = self.spec.kind, self.turns
        resources.agents_table.grant_turns(turns)
        resources.runtime_records.grant_parking(turns)
        resources.runtime_records.grant_replaying(turns, kind)
        resources.runtime_records.grant_settling(turns, kind)
        resources.runtime_records.grant_marks(turns, kind)
        resources.runtime_records.grant_keeping_promises(turns)
        resources.runtime_records.grant_waking_later(turns)
        resources.artifacts.grant_claims(turns)
        resources.wake_ups.grant_asking(turns)
        for mailbox in self.mailboxes:
            mailbox.grant_postponing(turns)
        for receiver in receivers:
            receiver.grant_telling(turns)
        if self.spec.publishes:
            turns.grant("events:PutEvents", on=[resources.bus.event_bus_arn])
        if self.spec.calls_out:
            resources.call_outs.grant_handing_over(turns)

    def _sends_back(self, name: str) -> AlarmSpec:
        """An operator is called when messages come back again and again for a reason that no number of attempts ends.

        Such a run does not count as failed, and SQS may leave a message received three times out of the age it tells.
        A reaction that fails is tried a few times within half a minute and then parked, which has its own alarm: the
        metric leaves these retries out, and what a short trouble of AWS sends back is over within three periods.
        """
        return AlarmSpec(
            name=f"{name}SendsBack",
            meaning=f"Turns of {self.spec.kind} agents cannot be committed or sent. The log of {name} names them.",
            metric=self._count("MessagesSentBack"),
            threshold=0,
            periods=3,
        )

    def _dead_letters(self, name: str) -> AlarmSpec:
        """An operator is called when any message of the kind was set aside."""
        return AlarmSpec(
            name=f"{name}DeadLetters",
            meaning=f"Messages of {self.spec.kind} agents were set aside: see `ringtree dead-letters list`.",
            metric=self._count("DeadLetters"),
            threshold=0,
        )

    def _count(self, metric_name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=METRICS_NAMESPACE,
            metric_name=metric_name,
            dimensions_map={"agent_kind": self.spec.kind, "service": "agent"},
            period=Duration.minutes(5),
            statistic=cloudwatch.Stats.SUM,
        )
