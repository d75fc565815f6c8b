"""A Lambda function of ours."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.function_package import FunctionPackage


class FunctionSettings(Protocol):
    """What a function is told: a settings class of ``lambdas.settings``."""

    def to_environment(self) -> Mapping[str, str]:
        """The settings as environment variables."""


class PythonFunction(Construct):
    """A handler of ``lambdas.entrypoints`` with a role and a log group of its own, traced, logging JSON.

    The role may write the function's log and its traces; whatever else it may do is granted by the constructs it uses.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: FunctionPackage,
        entrypoint: str,
        settings: FunctionSettings,
        description: str,
        timeout: timedelta | None = None,
        memory_mib: int = 512,
        reserved_concurrency: int | None = None,
    ) -> None:
        """Make the function; ``entrypoint`` is the module below ``lambdas.entrypoints``.

        ``reserved_concurrency`` is kept free for it in the account, and is the most of it that runs at one time.
        """
        super().__init__(scope, construct_id)
        environment = package.environment
        log_group = logs.LogGroup(
            self, "Logs", retention=environment.log_retention, removal_policy=environment.removal_policy
        )
        self.role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=description
        )
        log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            architecture=lambda_.Architecture.ARM_64,
            code=package.code,
            description=description,
            environment={**settings.to_environment(), "POWERTOOLS_SERVICE_NAME": entrypoint},
            handler=f"lambdas.entrypoints.{entrypoint}.handler",
            layers=[package.layer],
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            memory_size=memory_mib,
            reserved_concurrent_executions=reserved_concurrency,
            role=self.role,
            runtime=lambda_.Runtime.PYTHON_3_13,
            timeout=Duration.seconds((timeout or environment.turn_timeout).total_seconds()),
            tracing=lambda_.Tracing.ACTIVE,
        )

    def grant(self, *actions: str, on: list[str], of_owners: str | None = None) -> None:
        """Let the function do ``actions`` on the resources of these ARNs.

        ``of_owners`` narrows that to items of a table whose partition key is like it; ``*`` stands for any text.
        """
        keys = {} if of_owners is None else {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [of_owners]}}
        statement = iam.PolicyStatement(actions=list(actions), resources=on, conditions=keys or None)
        self.role.add_to_principal_policy(statement)

    def runs_once_per_event(self, max_event_age: Duration) -> None:
        """Leave a scheduled run that failed to the next one: Lambda would repeat it twice, also when that is at work.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
        """
        self.function.configure_async_invoke(retry_attempts=0, max_event_age=max_event_age)

    def errors(self, name: str) -> AlarmSpec:
        """An operator is called when any run of the function failed within five minutes."""
        return AlarmSpec(
            name=f"{name}Errors",
            meaning=f"Runs of the function {name} fail. Its log group has the exceptions.",
            metric=self.function.metric_errors(period=Duration.minutes(5), statistic=cloudwatch.Stats.SUM),
            threshold=0,
        )
