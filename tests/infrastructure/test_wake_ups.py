"""How agents are reminded: what is due soon waits in a queue, what is far off in a table, what is lost is found."""

import json

from lambdas.entrypoints import wake_up_reconciliation
from tests.infrastructure.synthesis import Resource, Synthesis

SWEEP = "RingtreeAgents/WakeUpSweep/Sweep/Function"
RECONCILIATION = "RingtreeAgents/WakeUpReconciliation/Reconciliation/Function"


def targets(synthesis: Synthesis, rule: Resource) -> list[str]:
    return [synthesis.text(rule.stack, target["Arn"]) for target in rule.properties["Targets"]]


def test_the_sweep_runs_every_minute_and_is_never_repeated_late(production: Synthesis):
    rule = production.at("RingtreeAgents/WakeUpSweep/EveryMinute")

    assert rule.properties["ScheduleExpression"] == "rate(1 minute)"
    assert targets(production, rule) == [SWEEP]
    assert rule.properties["Targets"][0]["RetryPolicy"]["MaximumRetryAttempts"] == 0


def test_agents_are_looked_through_in_segments_every_six_hours(production: Synthesis):
    rule = production.at("RingtreeAgents/WakeUpReconciliation/EveryFewHours")
    inputs = [json.loads(target["Input"]) for target in rule.properties["Targets"]]

    assert rule.properties["ScheduleExpression"] == "rate(6 hours)"
    assert set(targets(production, rule)) == {RECONCILIATION}
    assert inputs == [{"segment": number, "segments": len(inputs)} for number in range(len(inputs))]
    assert len(inputs) <= 5, "a rule of EventBridge has no more targets"


def test_a_lease_is_longer_than_the_longest_run_of_its_holder(production: Synthesis, local: Synthesis):
    for synthesis in (production, local):
        for path in (SWEEP, RECONCILIATION, "RingtreeApi/LivenessSweep/Sweep/Function"):
            properties = synthesis.at(path).properties
            assert int(properties["Environment"]["Variables"]["LEASE"]) > properties["Timeout"], path


def test_a_run_stops_in_time_to_note_how_far_it_came(production: Synthesis):
    timeout = production.at(RECONCILIATION).properties["Timeout"]

    assert timeout * 1_000 / 4 > wake_up_reconciliation.RESERVE_MILLISECONDS


def test_wake_ups_far_off_never_expire(production: Synthesis):
    """The table drops records with ``expires_at``; rows of the calendar have none, so an outage loses none."""
    table = production.at("RingtreeData/RuntimeRecords/Table").properties

    assert table["TimeToLiveSpecification"]["AttributeName"] == "expires_at"
