"""Where the runtime keeps what does not belong into an agent's item."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk_app.constructs.fleet_table import FleetTable
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment

VIEW_INDEX = "by_view"


class RuntimeRecordsTable(FleetTable):
    """Dead letters, promises, evicted marks, wake-ups beyond a queue's delay, circuits, leases and cursors.

    Each record belongs to an ``owner``. Records that are found without their owner are in a view: a sparse index.
    Grants of single requests name the owners whose records they are for. Those of PartiQL statements do not yet: the
    service authorization reference lists dynamodb:LeadingKeys for them, the developer guide has no example of it, and
    it is not relied on before it was tried in an account.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            partition_key="owner",
            sort_key="record",
            expires_at="expires_at",
            index=dynamodb.GlobalSecondaryIndexPropsV2(
                index_name=VIEW_INDEX,
                partition_key=dynamodb.Attribute(name="view", type=dynamodb.AttributeType.STRING),
                sort_key=dynamodb.Attribute(name="listed_at", type=dynamodb.AttributeType.STRING),
                projection_type=dynamodb.ProjectionType.INCLUDE,
                non_key_attributes=["letter"],
            ),
        )

    def grant_parking(self, function: PythonFunction) -> None:
        """Let a function keep dead letters."""
        function.grant("dynamodb:PartiQLInsert", on=[self.table.table_arn])

    def grant_replaying(self, function: PythonFunction, kind: str) -> None:
        """Let a function read the messages that were held for agents of a kind."""
        function.grant("dynamodb:Query", on=[self.table.table_arn], of_owners=f"{kind}/*")

    def grant_settling(self, function: PythonFunction, kind: str) -> None:
        """Let a function note what became of messages that were held for agents of a kind."""
        function.grant("dynamodb:UpdateItem", on=[self.table.table_arn], of_owners=f"{kind}/*")

    def grant_marks(self, function: PythonFunction, kind: str) -> None:
        """Let a function keep marks for which the items of agents of a kind have no room, and read them."""
        function.grant("dynamodb:BatchGetItem", on=[self.table.table_arn], of_owners=f"{kind}/*")
        function.grant("dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", on=[self.table.table_arn])

    def grant_keeping_promises(self, function: PythonFunction) -> None:
        """Let a function give promises their outcomes."""
        function.grant("dynamodb:PartiQLUpdate", on=[self.table.table_arn])

    def grant_promises(self, function: PythonFunction) -> None:
        """Let a function make promises, read them, and end those whose time is over."""
        function.grant(
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            on=[self.table.table_arn],
            of_owners="promise#*",
        )

    def grant_deciding_letters(self, function: PythonFunction) -> None:
        """Let a function list dead letters, read them and note what was decided on them."""
        function.grant("dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", on=[self.table.table_arn])
        function.grant("dynamodb:Query", on=[f"{self.table.table_arn}/index/{VIEW_INDEX}"])

    def grant_waking_later(self, function: PythonFunction) -> None:
        """Let a function ask for wake-ups beyond a queue's delay."""
        function.grant("dynamodb:BatchWriteItem", on=[self.table.table_arn], of_owners="minute#*")

    def grant_sweeping_wake_ups(self, function: PythonFunction) -> None:
        """Let a function take wake-ups whose minute has come, and remember which was the last."""
        function.grant("dynamodb:BatchWriteItem", "dynamodb:Query", on=[self.table.table_arn], of_owners="minute#*")
        self.grant_cursors(function)

    def grant_cursors(self, function: PythonFunction) -> None:
        """Let a function remember how far it came."""
        function.grant("dynamodb:GetItem", "dynamodb:UpdateItem", on=[self.table.table_arn], of_owners="cursor#*")

    def grant_leases(self, function: PythonFunction) -> None:
        """Let a function hold leases."""
        function.grant("dynamodb:GetItem", "dynamodb:UpdateItem", on=[self.table.table_arn], of_owners="lease#*")

    def grant_circuits(self, function: PythonFunction) -> None:
        """Let a function see and change the circuits of destinations outside."""
        function.grant("dynamodb:GetItem", "dynamodb:UpdateItem", on=[self.table.table_arn], of_owners="circuit#*")
