"""Tables from templates expire their items when the template says so.

The emulator ignores `TimeToLiveSpecification` in templates. AWS enables time to live on the attribute named there:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-dynamodb-globaltable-timetolivespecification.html
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

from typing import Any

from ministack.services import dynamodb

from lab.embedded_aws.patches.resource_provisioners import after_provisioning, is_true


def apply() -> None:
    """Enable time to live through the emulator's own UpdateTimeToLive."""
    after_provisioning("AWS::DynamoDB::GlobalTable", _enable_expiry)
    after_provisioning("AWS::DynamoDB::Table", _enable_expiry)


def _enable_expiry(table_name: str, props: dict[str, Any]) -> None:
    expiry = props.get("TimeToLiveSpecification")
    if not expiry:
        return
    specification = {"Enabled": is_true(expiry.get("Enabled", True)), "AttributeName": expiry["AttributeName"]}
    dynamodb._update_ttl({"TableName": table_name, "TimeToLiveSpecification": specification})
