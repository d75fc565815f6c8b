"""What an environment may be."""

from dataclasses import replace
from datetime import timedelta

import pytest
from aws_cdk import RemovalPolicy

from cdk_app.environments import LAMBDA_PLATFORM, UnknownEnvironmentError, environment_named


def test_an_unknown_environment_is_refused_with_the_names_of_those_there_are():
    with pytest.raises(UnknownEnvironmentError, match=r"unknown environment 'prod'.*dev, local, production"):
        environment_named("prod")


def test_a_message_that_shows_again_while_it_is_worked_on_is_refused():
    production = environment_named("production")

    with pytest.raises(ValueError, match="must be at least six times turn_timeout"):
        replace(production, mailbox_visibility=timedelta(seconds=179))


def test_replicas_without_a_home_region_are_refused():
    with pytest.raises(ValueError, match="replica_regions need a region"):
        replace(environment_named("production"), replica_regions=("us-west-2",))


def test_only_production_keeps_its_data():
    kept = {name: environment_named(name).removal_policy for name in ("local", "dev", "production")}

    assert kept == {"local": RemovalPolicy.DESTROY, "dev": RemovalPolicy.DESTROY, "production": RemovalPolicy.RETAIN}


def test_accounts_run_the_layer_of_lambda_and_local_that_of_this_machine():
    assert environment_named("production").layer_platform == LAMBDA_PLATFORM
    assert environment_named("dev").layer_platform == LAMBDA_PLATFORM
    assert environment_named("local").layer_platform != LAMBDA_PLATFORM


def test_active_devices_speak_more_often_than_idle_ones():
    for name in ("local", "dev", "production"):
        environment = environment_named(name)
        assert environment.active_heartbeat < environment.idle_heartbeat
