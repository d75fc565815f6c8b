"""How operators and devices reach the fleet."""

from datetime import timedelta

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.function_package import FunctionPackage
from cdk_app.constructs.heartbeat_intake import HeartbeatIntake
from cdk_app.constructs.http_api import AuthorizedHttpApi
from cdk_app.constructs.liveness_sweep import LivenessSweep
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment
from cdk_app.stacks.agents_stack import AgentsStack
from cdk_app.stacks.data_stack import DataStack
from cdk_app.stacks.supervision_stack import SupervisionStack
from lambdas.settings.device_api import DeviceApiSettings
from lambdas.settings.device_authorizer import DeviceAuthorizerSettings
from lambdas.settings.operator_api import OperatorApiSettings
from lambdas.settings.operator_authorizer import OperatorAuthorizerSettings

AUTHORIZER_TIMEOUT = timedelta(seconds=10)
"""As long as HTTP APIs wait for an authorizer."""
TOLD_BY_DEVICES = ("device",)


class ApiStack(Stack):
    """Two HTTP APIs, each with its own authorizer, and what devices say on its way into the metrics."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        data: DataStack,
        agents: AgentsStack,
        supervision: SupervisionStack,
    ) -> None:
        super().__init__(
            scope, construct_id, env=environment.place, description="Ringtree: APIs of operators and of devices"
        )
        self._environment = environment
        self._data = data
        self._mailboxes = agents.mailboxes
        self._call_outs = agents.call_outs
        self._package = FunctionPackage(self, "Package", environment=environment)
        self.operator_function = self._operator_function(supervision)
        self.operator_authorizer = self._operator_authorizer()
        self.operator_api = AuthorizedHttpApi(
            self,
            "OperatorApi",
            handler=self.operator_function,
            authorizer=self.operator_authorizer,
            environment=environment,
            description="Ringtree for operators",
            browser_origins=environment.browser_origins,
        )
        self.device_function = self._device_function()
        self.device_authorizer = self._device_authorizer()
        self.device_api = AuthorizedHttpApi(
            self,
            "DeviceApi",
            handler=self.device_function,
            authorizer=self.device_authorizer,
            environment=environment,
            description="Ringtree for devices",
            open_routes=((apigateway.HttpMethod.POST, "/device/v1/enrol", environment.enrolment_rate),),
        )
        self.heartbeats = HeartbeatIntake(
            self,
            "HeartbeatIntake",
            bus=data.bus,
            device_metrics=data.device_metrics,
            devices=self._mailboxes["device"],
            package=self._package,
        )
        self.liveness = LivenessSweep(
            self,
            "LivenessSweep",
            bus=data.bus,
            device_metrics=data.device_metrics,
            devices=self._mailboxes["device"],
            runtime_records=data.runtime_records,
            package=self._package,
        )
        CfnOutput(self, "OperatorApiId", value=self.operator_api.api.api_id)
        CfnOutput(self, "OperatorUrl", value=self.operator_api.url)
        CfnOutput(self, "DeviceApiId", value=self.device_api.api.api_id)
        CfnOutput(self, "DeviceUrl", value=self.device_api.url)
        CfnOutput(self, "OperatorTokenSecretArn", value=data.operator_token.arn)
        CfnOutput(self, "EnrolmentTokenSecretArn", value=data.enrolment_token.arn)

    @property
    def alarms(self) -> list[AlarmSpec]:
        """What an operator should be called for."""
        watched = (self.operator_api, self.device_api, self.heartbeats, self.liveness)
        return [alarm for construct in watched for alarm in construct.alarms]

    def _operator_function(self, supervision: SupervisionStack) -> PythonFunction:
        data = self._data
        machine = supervision.deployment.machine
        function = PythonFunction(
            self,
            "OperatorFunction",
            package=self._package,
            entrypoint="operator_api",
            settings=OperatorApiSettings(
                agents_table=data.agents.table.table_name,
                catalog_table=data.catalog.table.table_name,
                metrics_table=data.device_metrics.table.table_name,
                artifacts_bucket=data.artifacts.name,
                runtime_records_table=data.runtime_records.table.table_name,
                journal_table=data.journal.table.table_name,
                mailboxes={name: mailbox.url for name, mailbox in self._mailboxes.items()},
                call_out_queue=self._call_outs.url,
                deployment_machine=machine.state_machine_arn,
                upload_validity=self._environment.upload_validity,
                rehearsal_patience=self._environment.rehearsal_patience,
            ),
            description="Answers operators",
            timeout=self._environment.request_timeout,
            memory_mib=1_024,
        )
        data.agents.grant_reading(function)
        data.agents.grant_listing(function)
        data.catalog.grant_keeping(function)
        data.device_metrics.grant_reading(function)
        data.artifacts.grant_uploading(function)
        data.artifacts.grant_claims(function)
        data.runtime_records.grant_promises(function)
        data.runtime_records.grant_deciding_letters(function)
        data.journal.grant_reading(function)
        self._call_outs.grant_handing_over(function)
        for mailbox in self._mailboxes.values():
            mailbox.grant_telling(function)
            mailbox.grant_sizing(function)
        function.grant("states:StartExecution", on=[machine.state_machine_arn])
        return function

    def _device_function(self) -> PythonFunction:
        data = self._data
        function = PythonFunction(
            self,
            "DeviceFunction",
            package=self._package,
            entrypoint="device_api",
            settings=DeviceApiSettings(
                agents_table=data.agents.table.table_name,
                catalog_table=data.catalog.table.table_name,
                artifacts_bucket=data.artifacts.name,
                event_bus=data.bus.event_bus_name,
                mailboxes={kind: self._mailboxes[kind].url for kind in TOLD_BY_DEVICES},
                enrolment_token_secret=data.enrolment_token.arn,
                device_token_key_secret=data.device_token_key.arn,
                idle_heartbeat=self._environment.idle_heartbeat,
                active_heartbeat=self._environment.active_heartbeat,
                download_validity=self._environment.download_validity,
            ),
            description="Answers devices",
            timeout=self._environment.request_timeout,
            memory_mib=1_024,
        )
        data.agents.grant_reading(function)
        data.catalog.grant_reading(function)
        data.artifacts.grant_downloading(function)
        data.enrolment_token.grant_knowing(function)
        data.device_token_key.grant_knowing(function)
        for kind in TOLD_BY_DEVICES:
            self._mailboxes[kind].grant_telling(function)
        function.grant("events:PutEvents", on=[data.bus.event_bus_arn])
        return function

    def _operator_authorizer(self) -> PythonFunction:
        secret = self._data.operator_token
        function = PythonFunction(
            self,
            "OperatorAuthorizer",
            package=self._package,
            entrypoint="operator_authorizer",
            settings=OperatorAuthorizerSettings(operator_token_secret=secret.arn),
            description="Knows operators by their token",
            timeout=AUTHORIZER_TIMEOUT,
        )
        secret.grant_knowing(function)
        return function

    def _device_authorizer(self) -> PythonFunction:
        secret = self._data.device_token_key
        function = PythonFunction(
            self,
            "DeviceAuthorizer",
            package=self._package,
            entrypoint="device_authorizer",
            settings=DeviceAuthorizerSettings(device_token_key_secret=secret.arn),
            description="Knows devices by their token",
            timeout=AUTHORIZER_TIMEOUT,
        )
        secret.grant_knowing(function)
        return function
