"""What operators see and are called for: a dashboard and alarms."""

from collections.abc import Sequence

from aws_cdk import Aws, CfnOutput, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.fleet_dashboard import FleetDashboard
from cdk_app.environments import Environment
from cdk_app.stacks.agents_stack import AgentsStack
from cdk_app.stacks.api_stack import ApiStack
from cdk_app.stacks.data_stack import DataStack
from cdk_app.stacks.supervision_stack import SupervisionStack


class ObservabilityStack(Stack):
    """Last of all stacks: it looks at the others, none knows of it. Subscribe to the topic to be called."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        data: DataStack,
        agents: AgentsStack,
        supervision: SupervisionStack,
        api: ApiStack,
    ) -> None:
        super().__init__(
            scope, construct_id, env=environment.place, description="Ringtree: dashboard and alarms for operators"
        )
        self.topic = self._topic()
        self.alarms = self._alarms([*api.alarms, *agents.alarms, *supervision.alarms])
        FleetDashboard(
            self,
            "Fleet",
            alarms=self.alarms,
            apis=(api.operator_api, api.device_api),
            mailboxes=tuple(agents.mailboxes.values()),
            functions={
                "OperatorApi": api.operator_function,
                "DeviceApi": api.device_function,
                "HeartbeatRecorder": api.heartbeats.recorder,
                "LivenessSweep": api.liveness.sweep,
                **{agent.node.id: agent.turns for agent in agents.agents.values()},
            },
            machines=supervision.machines,
            tables=(data.agents, data.catalog, data.device_metrics, data.runtime_records),
            heartbeats=api.heartbeats,
        )
        CfnOutput(self, "AlarmTopicArn", value=self.topic.topic_arn)

    def _topic(self) -> sns.Topic:
        """A topic's own policy, here for TLS, replaces the default one that would let alarms of the account publish."""
        topic = sns.Topic(self, "Alarms", display_name="Ringtree alarms", enforce_ssl=True)
        of_this_account = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        topic.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com", conditions=of_this_account))
        return topic

    def _alarms(self, specs: Sequence[AlarmSpec]) -> list[cloudwatch.Alarm]:
        """Silence is no alarm: an idle fleet produces no data points."""
        alarms = [
            cloudwatch.Alarm(
                self,
                spec.name,
                alarm_description=spec.meaning,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
                evaluation_periods=spec.periods,
                metric=spec.metric,
                threshold=spec.threshold,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            for spec in specs
        ]
        for alarm in alarms:
            alarm.add_alarm_action(actions.SnsAction(self.topic))
            alarm.add_ok_action(actions.SnsAction(self.topic))
        return alarms
