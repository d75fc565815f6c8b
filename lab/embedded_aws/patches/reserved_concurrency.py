"""Functions from templates keep to the concurrency the template reserves.

The emulator drops `ReservedConcurrentExecutions` of templates. AWS throttles invocations beyond it:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""
# ruff: noqa: SLF001 -- reaching into the emulator is what this module is for

from typing import Any

from ministack.services import lambda_svc

from lab.embedded_aws.patches.resource_provisioners import after_provisioning


def apply() -> None:
    """Set it through the emulator's own PutFunctionConcurrency, and lift it when the template no longer has it."""
    after_provisioning("AWS::Lambda::Function", _reserve)


def _reserve(function_name: str, props: dict[str, Any]) -> None:
    reserved = props.get("ReservedConcurrentExecutions")
    if reserved is None:
        lambda_svc._delete_function_concurrency(function_name)
    else:
        lambda_svc._put_function_concurrency(function_name, {"ReservedConcurrentExecutions": int(reserved)})
