"""Where the vitals of devices are kept."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk_app.constructs.fleet_table import FleetTable
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment

LEASE_INDEX = "by_lease"


class DeviceMetricsTable(FleetTable):
    """The latest sample of every device, and the samples before it until they expire."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            partition_key="device_id",
            sort_key="sample",
            expires_at="expires_at",
            index=dynamodb.GlobalSecondaryIndexPropsV2(
                index_name=LEASE_INDEX,
                partition_key=dynamodb.Attribute(name="lease_shard", type=dynamodb.AttributeType.STRING),
                sort_key=dynamodb.Attribute(name="device_id", type=dynamodb.AttributeType.STRING),
                projection_type=dynamodb.ProjectionType.INCLUDE,
                non_key_attributes=["received_at"],
            ),
        )

    def grant_reading(self, function: PythonFunction) -> None:
        """Let a function read the latest sample and the series of devices."""
        function.grant("dynamodb:BatchGetItem", "dynamodb:Query", on=[self.table.table_arn])

    def grant_recording(self, function: PythonFunction) -> None:
        """Let a function write samples."""
        function.grant("dynamodb:BatchWriteItem", "dynamodb:UpdateItem", on=[self.table.table_arn])

    def grant_ending_leases(self, function: PythonFunction) -> None:
        """Let a function find devices whose lease has run out and mark them offline, and note how far it has come."""
        function.grant("dynamodb:Query", on=[f"{self.table.table_arn}/index/{LEASE_INDEX}"])
        function.grant("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", on=[self.table.table_arn])
