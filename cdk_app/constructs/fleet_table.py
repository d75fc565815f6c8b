"""What the fleet's tables have in common."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk_app.environments import Environment


class FleetTable(Construct):
    """A table paid by use, restorable to any second of 35 days, with a live copy in each replica region."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        partition_key: str,
        sort_key: str | None = None,
        sort_key_type: dynamodb.AttributeType = dynamodb.AttributeType.STRING,
        index: dynamodb.GlobalSecondaryIndexPropsV2 | None = None,
        stream: dynamodb.StreamViewType | None = None,
        expires_at: str | None = None,
    ) -> None:
        """Make the table; ``expires_at`` names the attribute with the second after which DynamoDB may drop an item."""
        super().__init__(scope, construct_id)
        self.table = dynamodb.TableV2(
            self,
            "Table",
            billing=dynamodb.Billing.on_demand(),
            deletion_protection=environment.keeps_data,
            dynamo_stream=stream,
            global_secondary_indexes=None if index is None else [index],
            partition_key=_text(partition_key),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=environment.removal_policy,
            replicas=[dynamodb.ReplicaTableProps(region=region) for region in environment.replica_regions],
            sort_key=None if sort_key is None else dynamodb.Attribute(name=sort_key, type=sort_key_type),
            time_to_live_attribute=expires_at,
        )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
