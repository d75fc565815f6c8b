"""What an environment may be."""

from dataclasses import replace
from datetime import timedelta

import pytest
from aws_cdk import RemovalPolicy

from cdk_app.environments import LAMBDA_PLATFORM, UnknownEnvironmentError, environment_named
from lambdas.actors.lanes import Lane


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


def test_a_bulkhead_is_of_one_lane_of_one_kind():
    environment = replace(environment_named("production"), bulkheads={"device": 7, "batch.control": 3})

    assert environment.bulkhead("device", Lane.NORMAL) == 7
    assert environment.bulkhead("device", Lane.CONTROL) == environment.control_concurrency
    assert environment.bulkhead("batch", Lane.CONTROL) == 3
    assert environment.bulkhead("batch", Lane.NORMAL) == environment.agent_concurrency
    assert environment.bulkhead("batch", Lane.BULK) == environment.bulk_concurrency


def test_an_agent_may_not_be_promised_less_than_its_lanes_may_take():
    production = environment_named("production")
    lanes = (Lane.CONTROL, Lane.NORMAL)
    wanted = production.agent_concurrency + production.control_concurrency

    assert replace(production, agent_reserved_concurrency=wanted).reserved_concurrency("device", lanes) == wanted
    assert replace(production, agent_reserved_concurrency=None).reserved_concurrency("device", lanes) is None
    with pytest.raises(ValueError, match=rf"{wanted - 1} is less than the {wanted} runs that the lanes of 'device'"):
        replace(production, agent_reserved_concurrency=wanted - 1).reserved_concurrency("device", lanes)


def test_a_claim_that_ends_before_the_messages_that_name_it_is_refused():
    production = replace(environment_named("production"), journal_retention=timedelta(days=7))

    assert replace(production, claim_retention=timedelta(days=29)).claim_retention == timedelta(days=29)
    with pytest.raises(ValueError, match="claim_retention 28 days, 0:00:00 must be at least 29 days"):
        replace(production, claim_retention=timedelta(days=28))


def test_looking_for_lost_wake_ups_while_they_may_be_in_their_queue_is_refused():
    production = environment_named("production")

    assert replace(production, reconciliation_interval=timedelta(minutes=15))
    with pytest.raises(ValueError, match="reconciliation_interval 0:14:59 must be at least 0:15:00"):
        replace(production, reconciliation_interval=timedelta(seconds=899))
