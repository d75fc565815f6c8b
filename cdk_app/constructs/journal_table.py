"""Where every committed version of agents is kept for a while."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk_app.constructs.fleet_table import FleetTable
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment


class JournalTable(FleetTable):
    """One item per version of an agent; DynamoDB drops them, free of charge, some time after they expire."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            partition_key="agent",
            sort_key="version",
            sort_key_type=dynamodb.AttributeType.NUMBER,
            expires_at="expires_at",
        )

    def grant_keeping(self, function: PythonFunction) -> None:
        """Let a function write versions."""
        function.grant("dynamodb:BatchWriteItem", on=[self.table.table_arn])

    def grant_reading(self, function: PythonFunction) -> None:
        """Let a function read the versions of an agent."""
        function.grant("dynamodb:Query", on=[self.table.table_arn])
