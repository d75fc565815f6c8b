"""Who acts: every agent of the registry with its mailbox, and what reminds them."""

from aws_cdk import Stack
from constructs import Construct

from cdk_app.constructs.agent_with_mailbox import AgentResources, AgentWithMailbox
from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.call_outs import CallOutQueue, CallOutWorker
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.journal_writer import JournalWriter
from cdk_app.constructs.mailbox import Mailbox
from cdk_app.constructs.topic_subscription import TopicSubscriptions
from cdk_app.constructs.wake_ups import WakeUpQueue, WakeUpReconciliation, WakeUpRelay, WakeUpSweep
from cdk_app.environments import Environment
from cdk_app.stacks.data_stack import DataStack
from lambdas.actors.lanes import Lane, mailbox_name
from lambdas.agents.registry import AGENTS


class AgentsStack(Stack):
    """Mailboxes come before functions: an agent knows the mailboxes of the kinds it sends to."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, data: DataStack) -> None:
        super().__init__(
            scope, construct_id, env=environment.place, description="Ringtree: agents, their mailboxes and wake-ups"
        )
        package = FunctionPackage(self, "Package", environment=environment)
        wake_ups = WakeUpQueue(self, "WakeUps", environment=environment)
        self.call_outs = CallOutQueue(self, "CallOuts", environment=environment)
        self.mailboxes = {
            mailbox_name(spec.kind, lane): Mailbox(
                self, mailbox_id(spec.kind, lane), kind=spec.kind, lane=lane, environment=environment
            )
            for spec in AGENTS
            for lane in spec.lanes
        }
        resources = AgentResources(
            mailboxes=self.mailboxes,
            wake_ups=wake_ups,
            call_outs=self.call_outs,
            agents_table=data.agents,
            runtime_records=data.runtime_records,
            artifacts=data.artifacts,
            bus=data.bus,
        )
        self.agents = {
            spec.kind: AgentWithMailbox(self, pascal_case(spec.kind), spec=spec, resources=resources, package=package)
            for spec in AGENTS
        }
        self.call_out_worker = CallOutWorker(
            self, "CallOutWorker", calls=self.call_outs, runtime_records=data.runtime_records, package=package
        )
        self.journal_writer = JournalWriter(
            self,
            "JournalWriter",
            kinds=[spec.kind for spec in AGENTS if spec.is_journaled],
            agents_table=data.agents,
            journal=data.journal,
            artifacts=data.artifacts,
            package=package,
        )
        self.relay = WakeUpRelay(self, "WakeUpRelay", wake_ups=wake_ups, mailboxes=self.mailboxes, package=package)
        self.sweep = WakeUpSweep(
            self, "WakeUpSweep", wake_ups=wake_ups, runtime_records=data.runtime_records, package=package
        )
        self.reconciliation = WakeUpReconciliation(
            self,
            "WakeUpReconciliation",
            mailboxes=self.mailboxes,
            agents_table=data.agents,
            runtime_records=data.runtime_records,
            package=package,
        )
        subscribing = [spec for spec in AGENTS if spec.subscribes_to]
        self.topics = [
            TopicSubscriptions(self, "Topics", specs=specs, bus=data.bus, mailboxes=self.mailboxes, package=package)
            for specs in ([subscribing] if subscribing else [])
        ]

    @property
    def alarms(self) -> list[AlarmSpec]:
        """What an operator should be called for."""
        return [
            *(alarm for agent in self.agents.values() for alarm in agent.alarms),
            *self.journal_writer.alarms,
            *self.relay.alarms,
            *self.sweep.alarms,
            *self.reconciliation.alarms,
            *self.call_out_worker.alarms,
            *(alarm for topics in self.topics for alarm in topics.alarms),
        ]


def pascal_case(kind: str) -> str:
    """``ring_analyst`` as a construct id: ``RingAnalyst``."""
    return "".join(word.title() for word in kind.split("_"))


def mailbox_id(kind: str, lane: Lane) -> str:
    """The construct id of a mailbox: ``DeviceMailbox`` for the normal lane, ``DeviceControlMailbox`` for another."""
    return f"{pascal_case(kind)}{'' if lane is Lane.NORMAL else lane.title()}Mailbox"
