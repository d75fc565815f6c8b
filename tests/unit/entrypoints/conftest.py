"""AWS in process for every test, and functions that start cold."""

from collections.abc import Iterator

import pytest

from lambdas.aws import clients, s3_client
from lambdas.entrypoints import (
    device_api,
    device_authorizer,
    heartbeat_recorder,
    liveness_sweep,
    operator_api,
    operator_authorizer,
    wake_up_reconciliation,
    wake_up_sweep,
)
from lambdas.entrypoints.steps import plan_deployment, plan_rollback
from tests.unit.entrypoints.aws_in_process import REGION, AwsInProcess, aws_in_process

KEPT_BETWEEN_INVOCATIONS = (
    clients._client,
    s3_client._client,
    operator_api._ports,
    device_api._ports,
    operator_authorizer._operator_token,
    device_authorizer._device_token_key,
    heartbeat_recorder._ports,
    liveness_sweep._ports,
    plan_deployment._ports,
    plan_rollback._ports,
    wake_up_sweep._settings,
    wake_up_sweep._sweep,
    wake_up_reconciliation._settings,
    wake_up_reconciliation._reconciliation,
)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsInProcess]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for kept in KEPT_BETWEEN_INVOCATIONS:
        kept.cache_clear()
    with aws_in_process() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        yield aws
    for kept in KEPT_BETWEEN_INVOCATIONS:
        kept.cache_clear()
