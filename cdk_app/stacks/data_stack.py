"""What outlives every deployment of code: tables, artifacts, the bus, secrets."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from constructs import Construct

from cdk_app.constructs.agents_table import AgentsTable
from cdk_app.constructs.artifacts_bucket import ArtifactsBucket
from cdk_app.constructs.catalog_table import CatalogTable
from cdk_app.constructs.device_metrics_table import DeviceMetricsTable
from cdk_app.constructs.journal_table import JournalTable
from cdk_app.constructs.runtime_records_table import RuntimeRecordsTable
from cdk_app.constructs.token_secret import TokenSecret
from cdk_app.environments import Environment


class DataStack(Stack):
    """The fleet's memory."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            env=environment.place,
            description="Ringtree: state of agents, catalog, device metrics, artifacts, event bus, secrets",
            termination_protection=environment.keeps_data,
        )
        self.agents = AgentsTable(self, "Agents", environment=environment)
        self.catalog = CatalogTable(self, "Catalog", environment=environment)
        self.device_metrics = DeviceMetricsTable(self, "DeviceMetrics", environment=environment)
        self.runtime_records = RuntimeRecordsTable(self, "RuntimeRecords", environment=environment)
        self.journal = JournalTable(self, "Journal", environment=environment)
        self.artifacts = ArtifactsBucket(self, "Artifacts", environment=environment)
        self.bus = events.EventBus(self, "FleetEvents", description="What happens to devices, rings and deployments")
        self.operator_token = TokenSecret(
            self, "OperatorToken", meaning="Bearer token of the operator API", environment=environment
        )
        self.enrolment_token = TokenSecret(
            self, "EnrolmentToken", meaning="Bearer token with which devices enrol", environment=environment
        )
        self.device_token_key = TokenSecret(
            self, "DeviceTokenKey", meaning="Key with which device tokens are made and checked", environment=environment
        )
        CfnOutput(self, "AgentsTable", value=self.agents.table.table_name)
        CfnOutput(self, "CatalogTable", value=self.catalog.table.table_name)
        CfnOutput(self, "MetricsTable", value=self.device_metrics.table.table_name)
        CfnOutput(self, "RuntimeRecordsTable", value=self.runtime_records.table.table_name)
        CfnOutput(self, "JournalTable", value=self.journal.table.table_name)
        CfnOutput(self, "ArtifactsBucket", value=self.artifacts.name)
        CfnOutput(self, "EventBusName", value=self.bus.event_bus_name)
