"""What is supervised over days: the state machines and their steps."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_app.constructs.agent_with_mailbox import AgentWithMailbox
from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.constructs.supervisor_state_machine import SupervisorStateMachine
from cdk_app.environments import Environment
from cdk_app.packaging import REPOSITORY
from cdk_app.stacks.agents_stack import AgentsStack, pascal_case
from cdk_app.stacks.data_stack import DataStack
from lambdas.settings.plan_deployment import PlanDeploymentSettings
from lambdas.settings.plan_rollback import PlanRollbackSettings

STATE_MACHINES = REPOSITORY / "state_machines"


class SupervisionStack(Stack):
    """A deployment supervises its rings; a ring supervises its batches and, when it fails, its rollback."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, data: DataStack, agents: AgentsStack
    ) -> None:
        super().__init__(
            scope, construct_id, env=environment.place, description="Ringtree: supervision of deployments and rings"
        )
        self._environment = environment
        self._data = data
        self._mailboxes = agents.mailboxes
        package = FunctionPackage(self, "Package", environment=environment)
        self.plan_deployment = self._plan_deployment(package)
        self.plan_rollback = self._plan_rollback(package)
        self.rollback = self._rollback()
        self.ring_rollout = self._ring_rollout()
        self.deployment = self._deployment()
        for agent in agents.agents.values():
            if agent.spec.completes_tasks:
                self._may_answer(agent)
        CfnOutput(self, "DeploymentMachineArn", value=self.deployment.machine.state_machine_arn)

    @property
    def machines(self) -> tuple[SupervisorStateMachine, ...]:
        """All state machines, the outermost first."""
        return (self.deployment, self.ring_rollout, self.rollback)

    @property
    def steps(self) -> tuple[PythonFunction, ...]:
        """The functions that state machines invoke."""
        return (self.plan_deployment, self.plan_rollback)

    @property
    def alarms(self) -> list[AlarmSpec]:
        """What an operator should be called for."""
        return [alarm for machine in self.machines for alarm in machine.alarms]

    def _plan_deployment(self, package: FunctionPackage) -> PythonFunction:
        step = PythonFunction(
            self,
            "PlanDeployment",
            package=package,
            entrypoint="steps.plan_deployment",
            settings=PlanDeploymentSettings(
                agents_table=self._data.agents.table.table_name, artifacts_bucket=self._data.artifacts.name
            ),
            description="Cuts the devices of each ring of a plan into batches",
            timeout=self._environment.step_timeout,
            memory_mib=1_024,
        )
        self._data.agents.grant_reading(step)
        self._data.agents.grant_listing(step)
        self._data.artifacts.grant_writing_lists(step, "plans")
        return step

    def _plan_rollback(self, package: FunctionPackage) -> PythonFunction:
        step = PythonFunction(
            self,
            "PlanRollback",
            package=package,
            entrypoint="steps.plan_rollback",
            settings=PlanRollbackSettings(
                agents_table=self._data.agents.table.table_name, artifacts_bucket=self._data.artifacts.name
            ),
            description="Cuts the devices that took a release into batches of a rollback",
            timeout=self._environment.step_timeout,
            memory_mib=1_024,
        )
        self._data.agents.grant_reading(step)
        self._data.artifacts.grant_writing_lists(step, "rollbacks")
        return step

    def _rollback(self) -> SupervisorStateMachine:
        machine = self._machine(
            "Rollback",
            "rollback",
            {
                **self._told("batch"),
                "ArtifactsBucket": self._data.artifacts.name,
                "PlanRollbackFunctionArn": self.plan_rollback.function.function_arn,
            },
        )
        machine.may_run_step(self.plan_rollback)
        machine.may_map_over(
            self._data.artifacts.bucket, lists="rollbacks", results="results", asking=self._mailboxes["batch"]
        )
        return machine

    def _ring_rollout(self) -> SupervisorStateMachine:
        machine = self._machine(
            "RingRollout",
            "ring_rollout",
            {
                **self._told("batch", "ring_analyst", "deployment"),
                "ArtifactsBucket": self._data.artifacts.name,
                "RollbackMachineArn": self.rollback.machine.state_machine_arn,
            },
        )
        machine.may_map_over(
            self._data.artifacts.bucket, lists="plans", results="results", asking=self._mailboxes["batch"]
        )
        machine.may_ask(self._mailboxes["ring_analyst"])
        machine.may_tell(self._mailboxes["deployment"])
        machine.may_supervise(self.rollback)
        return machine

    def _deployment(self) -> SupervisorStateMachine:
        machine = self._machine(
            "Deployment",
            "deployment",
            {
                **self._told("deployment"),
                "PlanDeploymentFunctionArn": self.plan_deployment.function.function_arn,
                "RingRolloutMachineArn": self.ring_rollout.machine.state_machine_arn,
            },
        )
        machine.may_run_step(self.plan_deployment)
        machine.may_ask(self._mailboxes["deployment"])
        machine.may_supervise(self.ring_rollout)
        return machine

    def _may_answer(self, agent: AgentWithMailbox) -> None:
        """Let an agent answer the task tokens it is sent. The ARNs are the machines': hence a policy of this stack."""
        answer = iam.PolicyStatement(
            actions=["states:SendTaskFailure", "states:SendTaskSuccess"],
            resources=[arn for machine in self.machines for arn in machine.tokens_for(agent.spec.kind)],
        )
        iam.Policy(self, f"{agent.node.id}Answers", roles=[agent.turns.role], statements=[answer])

    def _machine(self, construct_id: str, file_name: str, substitutions: dict[str, str]) -> SupervisorStateMachine:
        return SupervisorStateMachine(
            self,
            construct_id,
            definition=STATE_MACHINES / f"{file_name}.asl.json",
            substitutions=substitutions,
            environment=self._environment,
        )

    def _told(self, *kinds: str) -> dict[str, str]:
        """Placeholders of the mailboxes that a machine sends to, for example ``RingAnalystMailboxUrl``."""
        return {f"{pascal_case(kind)}MailboxUrl": self._mailboxes[kind].url for kind in kinds}
