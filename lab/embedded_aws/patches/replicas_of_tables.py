"""Global tables from templates have the replicas the template lists.

The emulator ignores `Replicas` of `AWS::DynamoDB::GlobalTable`. AWS keeps one replica per listed region, each reading
and writing:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

from typing import Any

from ministack.core.responses import get_region
from ministack.services import dynamodb

from lab.embedded_aws.patches.resource_provisioners import after_provisioning


def apply() -> None:
    """Add and remove replicas through the emulator's own UpdateTable."""
    after_provisioning("AWS::DynamoDB::GlobalTable", _reconcile_replicas)


def _reconcile_replicas(table_name: str, props: dict[str, Any]) -> None:
    wanted = {replica["Region"] for replica in props.get("Replicas") or []} - {get_region()}
    present = set(dynamodb._replica_group(dynamodb._tables[table_name])) - {get_region()}
    for action, regions in (("Create", wanted - present), ("Delete", present - wanted)):
        for region in sorted(regions):
            status, _, body = dynamodb._update_table(
                {"TableName": table_name, "ReplicaUpdates": [{action: {"RegionName": region}}]}
            )
            if status >= 400:
                raise ValueError(f"{action} of the replica of {table_name} in {region} was refused: {body!r}")
