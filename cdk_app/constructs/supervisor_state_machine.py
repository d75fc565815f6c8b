"""A state machine that supervises."""

import re
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.mailbox import Mailbox
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment

NESTED_EXECUTIONS_RULE = "StepFunctionsGetEventsForStepFunctionsExecutionRule"
"""The managed rule by which Step Functions learns that a nested execution (``startExecution.sync:2``) has ended."""


class PlaceholderError(ValueError):
    """A definition file and the values for its placeholders do not fit; mend the one or the other."""


class SupervisorStateMachine(Construct):
    """A definition file with placeholders, made a standard state machine that is logged and traced.

    Its role allows what is granted by use. Logs tell every state that was passed, and what passed through
    it only when asked.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: Path,
        substitutions: Mapping[str, str],
        environment: Environment,
        logs_execution_data: bool = False,
    ) -> None:
        """Make the machine of ``definition``; ``substitutions`` fill its ``${...}`` placeholders."""
        super().__init__(scope, construct_id)
        text = definition.read_text()
        check_placeholders(definition.name, text, substitutions)
        log_group = logs.LogGroup(
            self, "Logs", retention=environment.log_retention, removal_policy=environment.removal_policy
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            definition_body=sfn.DefinitionBody.from_string(text),
            definition_substitutions=dict(substitutions),
            logs=sfn.LogOptions(
                destination=log_group, include_execution_data=logs_execution_data, level=sfn.LogLevel.ALL
            ),
            state_machine_type=sfn.StateMachineType.STANDARD,
            tracing_enabled=True,
        )
        self._tokens: dict[str, list[str]] = {}
        self.alarms = (
            AlarmSpec(
                name=f"{construct_id}Failed",
                meaning=f"An execution of {construct_id} failed: a supervisor itself broke, not the release it ships.",
                metric=self.machine.metric_failed(period=Duration.minutes(5), statistic=cloudwatch.Stats.SUM),
                threshold=0,
            ),
        )

    def may_tell(self, mailbox: Mailbox) -> None:
        """Let the machine send to agents of a kind."""
        self._may("sqs:SendMessage", on=[mailbox.arn])

    def may_ask(self, mailbox: Mailbox) -> None:
        """Let the machine send task tokens to agents of a kind and wait for the answer."""
        self.may_tell(mailbox)
        self._tokens.setdefault(mailbox.kind, []).append(self.machine.state_machine_arn)

    def may_run_step(self, step: PythonFunction) -> None:
        """Let the machine invoke one of its steps."""
        self._may("lambda:InvokeFunction", on=[step.function.function_arn])

    def may_supervise(self, nested: "SupervisorStateMachine") -> None:
        """Let the machine start another, wait for it, and stop it when it is stopped itself."""
        self._may("states:StartExecution", on=[nested.machine.state_machine_arn])
        self._may("states:DescribeExecution", "states:StopExecution", on=[nested.executions()])
        rule = f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/{NESTED_EXECUTIONS_RULE}"
        self._may("events:DescribeRule", "events:PutRule", "events:PutTargets", on=[rule])

    def may_map_over(self, bucket: s3.IBucket, *, lists: str, results: str, asking: Mailbox) -> None:
        """Let the machine run a Distributed Map: read its list, start and follow a child per line, write the results.

        Each child asks an agent. Its token is of the map's run, which is named by a label below the machine's ARN.

        The permission to start itself is a policy aside: the machine waits for the policy of its role, which therefore
        may not wait for the machine.
        """
        start = iam.PolicyStatement(actions=["states:StartExecution"], resources=[self.machine.state_machine_arn])
        follow = iam.PolicyStatement(
            actions=["states:DescribeExecution", "states:StopExecution"],
            resources=[self.executions(), self.executions(of_maps=True)],
        )
        iam.Policy(self, "MapChildren", roles=[self.machine.role], statements=[start, follow])
        self.may_ask(asking)
        self._tokens[asking.kind].append(f"{self.machine.state_machine_arn}/*")
        self._may("s3:GetObject", on=[bucket.arn_for_objects(f"{lists}/*")])
        self._may(
            "s3:AbortMultipartUpload",
            "s3:GetObject",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
            on=[bucket.arn_for_objects(f"{results}/*")],
        )

    def executions(self, *, of_maps: bool = False) -> str:
        """ARN of all executions of this machine, or of those that its Distributed Maps start."""
        separator = "/" if of_maps else ":"
        name = self.machine.state_machine_name
        return f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:execution:{name}{separator}*"

    def tokens_for(self, kind: str) -> list[str]:
        """ARNs that stand for the task tokens that agents of a kind are sent."""
        return self._tokens.get(kind, [])

    def _may(self, *actions: str, on: list[str]) -> None:
        self.machine.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=on))


def check_placeholders(file_name: str, text: str, substitutions: Mapping[str, str]) -> None:
    """Step Functions would take a forgotten placeholder for a text, and fail when it gets there."""
    wanted = set(re.findall(r"\$\{(\w+)\}", text))
    if wanted != substitutions.keys():
        missing, unused = sorted(wanted - substitutions.keys()), sorted(substitutions.keys() - wanted)
        raise PlaceholderError(f"{file_name}: placeholders without a value {missing}, values without one {unused}")
