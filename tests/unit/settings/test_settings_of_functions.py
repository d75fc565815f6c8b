"""What the stacks write into the environment of a function, the function reads back."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from lambdas.settings.device_api import DeviceApiSettings
from lambdas.settings.device_authorizer import DeviceAuthorizerSettings
from lambdas.settings.environment_fields import SettingError
from lambdas.settings.heartbeat_recorder import HeartbeatRecorderSettings
from lambdas.settings.journal_writer import JournalWriterSettings
from lambdas.settings.liveness_sweep import LivenessSweepSettings
from lambdas.settings.operator_api import OperatorApiSettings
from lambdas.settings.operator_authorizer import OperatorAuthorizerSettings
from lambdas.settings.plan_deployment import PlanDeploymentSettings
from lambdas.settings.plan_rollback import PlanRollbackSettings
from lambdas.settings.wake_up_reconciliation import WakeUpReconciliationSettings
from lambdas.settings.wake_up_relay import WakeUpRelaySettings
from lambdas.settings.wake_up_sweep import WakeUpSweepSettings

ALL = (
    OperatorApiSettings,
    DeviceApiSettings,
    OperatorAuthorizerSettings,
    DeviceAuthorizerSettings,
    HeartbeatRecorderSettings,
    JournalWriterSettings,
    LivenessSweepSettings,
    PlanDeploymentSettings,
    PlanRollbackSettings,
    WakeUpReconciliationSettings,
    WakeUpRelaySettings,
    WakeUpSweepSettings,
)
SAMPLES: dict[Any, Any] = {
    str: "a-name",
    int: 7,
    timedelta: timedelta(seconds=90),
    Mapping[str, str]: {"device": "https://queue"},
}


@pytest.mark.parametrize("settings", ALL)
def test_what_is_written_is_read_back(settings: Any) -> None:
    written = settings(**{field.name: SAMPLES[field.type] for field in fields(settings)})

    environment = written.to_environment()

    assert all(isinstance(value, str) for value in environment.values())
    assert settings.from_environment(environment) == written


@pytest.mark.parametrize("settings", ALL)
def test_missing_variable_is_named(settings: Any) -> None:
    written = settings(**{field.name: SAMPLES[field.type] for field in fields(settings)}).to_environment()

    for name in written:
        with pytest.raises(SettingError, match=name):
            settings.from_environment({key: value for key, value in written.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [("LEASE_SHARDS", "many"), ("LEASE_SHARDS", "0"), ("LEASE_BUCKET", "-1"), ("MAILBOXES", "[]"), ("MAILBOXES", "{")],
)
def test_wrong_variable_is_named_with_its_value(name: str, value: str) -> None:
    written = LivenessSweepSettings(
        "metrics", {}, "bus", timedelta(seconds=60), 4, "records", timedelta(seconds=60)
    ).to_environment()

    with pytest.raises(SettingError, match=name):
        LivenessSweepSettings.from_environment(written | {name: value})
