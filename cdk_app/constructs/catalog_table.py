"""Where rings, releases and deployments are listed."""

from constructs import Construct

from cdk_app.constructs.fleet_table import FleetTable
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment


class CatalogTable(FleetTable):
    """What operators make: few items, each written once or seldom."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id, environment=environment, partition_key="kind", sort_key="name")

    def grant_reading(self, function: PythonFunction) -> None:
        """Let a function look up and list entries."""
        function.grant("dynamodb:GetItem", "dynamodb:Query", on=[self.table.table_arn])

    def grant_keeping(self, function: PythonFunction) -> None:
        """Let a function read, create and change entries."""
        self.grant_reading(function)
        function.grant("dynamodb:PutItem", "dynamodb:UpdateItem", on=[self.table.table_arn])
