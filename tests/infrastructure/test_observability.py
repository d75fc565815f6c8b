"""What operators see and are called for."""

import json
from datetime import timedelta
from typing import Any

import pytest

from lambdas.actors.failures import MAX_ATTEMPTS, retry_delay
from lambdas.actors.lanes import Lane
from lambdas.actors.turn_report import TurnReport
from lambdas.agents.registry import AGENTS
from lambdas.entrypoints.agent import metrics_of
from lambdas.observability import METRICS_NAMESPACE
from tests.infrastructure.synthesis import Synthesis


def test_each_agent_has_alarms_on_waiting_messages_failed_runs_and_dead_letters(production: Synthesis):
    alarms = alarm_names(production)
    for spec in AGENTS:
        name = "".join(word.title() for word in spec.kind.split("_"))
        mailboxes = {f"{name}{'' if lane is Lane.NORMAL else lane.title()}MailboxAge" for lane in spec.lanes}
        assert {*mailboxes, f"{name}Errors", f"{name}SendsBack", f"{name}DeadLetters"} <= alarms


@pytest.mark.parametrize(
    ("suffix", "metric", "periods"), [("SendsBack", "MessagesSentBack", 3), ("DeadLetters", "DeadLetters", 1)]
)
def test_an_alarm_on_agents_watches_the_metric_that_their_functions_write(
    production: Synthesis, suffix: str, metric: str, periods: int
):
    alarms = [alarm for alarm in production.of_type("AWS::CloudWatch::Alarm") if alarm.path.endswith(suffix)]
    variables = [
        function.properties["Environment"]["Variables"] for function in production.of_type("AWS::Lambda::Function")
    ]
    services = {one["AGENT_KIND"]: one["POWERTOOLS_SERVICE_NAME"] for one in variables if "AGENT_KIND" in one}
    assert len(alarms) == len(AGENTS)
    for alarm in alarms:
        dimensions = {entry["Name"]: entry["Value"] for entry in alarm.properties["Dimensions"]}
        assert dimensions.keys() == {"agent_kind", "service"}
        assert dimensions["service"] == services[dimensions["agent_kind"]]
        assert (alarm.properties["Namespace"], alarm.properties["MetricName"]) == (METRICS_NAMESPACE, metric)
        assert alarm.properties["EvaluationPeriods"] == periods
    assert metric in metrics_of(TurnReport())


def test_retries_of_a_reaction_are_over_before_anybody_is_called():
    """They are not in the metric of SendsBack, and would not last for the periods of its alarm if they were."""
    waits = [retry_delay(attempt, random_share=0) for attempt in range(1, MAX_ATTEMPTS)]

    assert sum(waits, timedelta()) < timedelta(seconds=30)


def test_what_sees_to_reminders_has_alarms(production: Synthesis):
    assert {"WakeUpAge", "WakeUpRelayErrors", "WakeUpSweepErrors", "WakeUpReconciliationErrors"} <= alarm_names(
        production
    )


def test_each_state_machine_and_api_has_an_alarm(production: Synthesis):
    assert {"DeploymentFailed", "RingRolloutFailed", "RollbackFailed"} <= alarm_names(production)
    assert {"OperatorApiServerErrors", "DeviceApiServerErrors"} <= alarm_names(production)


def alarm_names(synthesis: Synthesis) -> set[str]:
    return {alarm.path.split("/")[-1] for alarm in synthesis.of_type("AWS::CloudWatch::Alarm")}


def test_every_alarm_calls_an_operator_and_says_what_has_happened(production: Synthesis):
    for alarm in production.of_type("AWS::CloudWatch::Alarm"):
        (action,) = alarm.properties["AlarmActions"]
        assert production.text(alarm.stack, action) == "RingtreeObservability/Alarms"
        assert len(alarm.properties["AlarmDescription"]) > 30
        assert alarm.properties["TreatMissingData"] == "notBreaching", "an idle fleet is no alarm"


def test_alarms_use_plain_metrics_which_every_target_can_hold(production: Synthesis):
    for alarm in production.of_type("AWS::CloudWatch::Alarm"):
        assert "Metrics" not in alarm.properties


def test_the_alarm_topic_is_reached_over_tls_only(production: Synthesis):
    (policy,) = production.of_type("AWS::SNS::TopicPolicy")
    statements = policy.properties["PolicyDocument"]["Statement"]

    denied = [statement for statement in statements if statement["Effect"] == "Deny"]
    assert [statement["Condition"] for statement in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_alarms_of_the_account_may_publish_to_the_topic(production: Synthesis):
    (policy,) = production.of_type("AWS::SNS::TopicPolicy")
    statements = policy.properties["PolicyDocument"]["Statement"]

    (allowed,) = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert (allowed["Action"], allowed["Principal"]) == ("sns:Publish", {"Service": "cloudwatch.amazonaws.com"})
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_dashboard_shows_every_alarm_agent_and_machine(production: Synthesis):
    (dashboard,) = production.of_type("AWS::CloudWatch::Dashboard")
    body: dict[str, Any] = json.loads(production.text(dashboard.stack, dashboard.properties["DashboardBody"]))
    titles = {widget["properties"]["title"] for widget in body["widgets"]}
    shown = json.dumps(body)

    assert {"Alarms", "Executions failed", "DeviceApi: requests", "Oldest message in seconds", "Failed runs"} <= titles
    assert all(alarm.path in shown for alarm in production.of_type("AWS::CloudWatch::Alarm"))
    assert all(queue.path in shown for queue in production.of_type("AWS::SQS::Queue") if "Mailbox/" in queue.path)
