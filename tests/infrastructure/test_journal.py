"""How committed versions of agents get into the journal."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cdk_app.environments import environment_named
from lambdas.agents.registry import AGENTS
from tests.infrastructure.synthesis import Resource, Synthesis

WRITER = "RingtreeAgents/JournalWriter"


def mapping_of(synthesis: Synthesis) -> Resource:
    (mapping,) = [
        mapping for mapping in synthesis.of_type("AWS::Lambda::EventSourceMapping") if mapping.path.startswith(WRITER)
    ]
    return mapping


def test_versions_are_kept_by_agent_and_number_and_expire(production: Synthesis):
    journal = production.at("RingtreeData/Journal/Table").properties

    assert [key["AttributeName"] for key in journal["KeySchema"]] == ["agent", "version"]
    assert {one["AttributeName"]: one["AttributeType"] for one in journal["AttributeDefinitions"]} == {
        "agent": "S",
        "version": "N",
    }
    assert journal["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_writer_follows_the_stream_of_agents_from_its_beginning_in_batches(production: Synthesis):
    mapping = mapping_of(production)

    assert production.text(mapping.stack, mapping.properties["EventSourceArn"]) == "RingtreeData/Agents/Table"
    assert mapping.properties["StartingPosition"] == "TRIM_HORIZON"
    assert (mapping.properties["BatchSize"], mapping.properties["MaximumBatchingWindowInSeconds"]) == (100, 5)


def test_a_version_that_cannot_be_kept_is_cut_out_and_named_to_a_queue_that_calls_an_operator(production: Synthesis):
    mapping = mapping_of(production).properties
    destination = production.text("RingtreeAgents", mapping["DestinationConfig"]["OnFailure"]["Destination"])
    alarms = {alarm.path.split("/")[-1] for alarm in production.of_type("AWS::CloudWatch::Alarm")}

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] > 0
    assert destination == f"{WRITER}/Unkept"
    assert {"JournalWriterErrors", "JournalLate", "VersionsUnkept"} <= alarms


def test_only_commits_of_journaled_kinds_start_the_writer(production: Synthesis):
    (one,) = mapping_of(production).properties["FilterCriteria"]["Filters"]

    journaled = [{"prefix": f"{spec.kind}/"} for spec in AGENTS if spec.is_journaled]
    assert json.loads(one["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"agent": {"S": journaled}}},
    }


def test_a_journal_cannot_be_kept_longer_than_the_claims_that_hold_its_largest_versions():
    production = environment_named("production")
    longest = production.claim_retention

    replace(production, journal_retention=longest)
    with pytest.raises(ValueError, match="must not be longer than claim_retention"):
        replace(production, journal_retention=longest + timedelta(seconds=1))
