"""Who acts: every agent of the registry with its mailbox, and what reminds them."""

from aws_cdk import Stack
from constructs import Construct

from cdk_app.constructs.agent_with_mailbox import AgentWithMailbox
from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.mailbox import Mailbox
from cdk_app.constructs.wake_ups import WakeUpQueue, WakeUpRelay
from cdk_app.environments import Environment
from cdk_app.stacks.data_stack import DataStack
from lambdas.agents.registry import AGENTS


class AgentsStack(Stack):
    """Mailboxes come before functions: an agent knows the mailboxes of the kinds it sends to."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, data: DataStack) -> None:
        super().__init__(
            scope, construct_id, env=environment.place, description="Ringtree: agents, their mailboxes and wake-ups"
        )
        package = FunctionPackage(self, "Package", environment=environment)
        wake_ups = WakeUpQueue(self, "WakeUps", environment=environment)
        self.mailboxes = {
            spec.kind: Mailbox(self, f"{pascal_case(spec.kind)}Mailbox", kind=spec.kind, environment=environment)
            for spec in AGENTS
        }
        self.agents = {
            spec.kind: AgentWithMailbox(
                self,
                pascal_case(spec.kind),
                spec=spec,
                mailboxes=self.mailboxes,
                wake_ups=wake_ups,
                agents_table=data.agents,
                bus=data.bus,
                package=package,
            )
            for spec in AGENTS
        }
        self.relay = WakeUpRelay(self, "WakeUpRelay", wake_ups=wake_ups, mailboxes=self.mailboxes, package=package)

    @property
    def alarms(self) -> list[AlarmSpec]:
        """What an operator should be called for."""
        return [alarm for agent in self.agents.values() for alarm in agent.alarms] + list(self.relay.alarms)


def pascal_case(kind: str) -> str:
    """``ring_analyst`` as a construct id: ``RingAnalyst``."""
    return "".join(word.title() for word in kind.split("_"))
