"""Where agents keep their state."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk_app.constructs.fleet_table import FleetTable
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment

KIND_INDEX = "by_kind"


class AgentsTable(FleetTable):
    """One item per agent: state, outbox, marks and timers, committed together under one version."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            partition_key="agent",
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            index=dynamodb.GlobalSecondaryIndexPropsV2(
                index_name=KIND_INDEX,
                partition_key=dynamodb.Attribute(name="kind_shard", type=dynamodb.AttributeType.STRING),
                sort_key=dynamodb.Attribute(name="agent", type=dynamodb.AttributeType.STRING),
                projection_type=dynamodb.ProjectionType.INCLUDE,
                non_key_attributes=["listed"],
            ),
        )

    @property
    def stream_arn(self) -> str:
        """Where every commit is told, one record each."""
        return self.table.table_stream_arn or ""

    def grant_following(self, function: PythonFunction) -> None:
        """Let a function follow what is committed.

        Streams are listed by their table: the action knows no single stream.
        """
        function.grant(
            "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", on=[self.stream_arn]
        )
        function.grant("dynamodb:ListStreams", on=[f"{self.table.table_arn}/stream/*"])

    def grant_turns(self, function: PythonFunction) -> None:
        """Let a function load agents and commit their turns."""
        function.grant(
            "dynamodb:BatchGetItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", on=[self.table.table_arn]
        )

    def grant_reading(self, function: PythonFunction) -> None:
        """Let a function read agents whose address it knows."""
        function.grant("dynamodb:BatchGetItem", on=[self.table.table_arn])

    def grant_listing(self, function: PythonFunction) -> None:
        """Let a function list the agents of a kind."""
        function.grant("dynamodb:Query", on=[f"{self.table.table_arn}/index/{KIND_INDEX}"])

    def grant_looking_through(self, function: PythonFunction) -> None:
        """Let a function look through all agents."""
        function.grant("dynamodb:Scan", on=[self.table.table_arn])
