"""What operators see and are called for."""

import json
from typing import Any

from lambdas.agents.registry import AGENTS
from lambdas.observability import METRICS_NAMESPACE
from tests.infrastructure.synthesis import Synthesis


def test_each_agent_has_an_alarm_on_waiting_messages_and_one_on_failed_runs(production: Synthesis):
    alarms = alarm_names(production)
    for spec in AGENTS:
        name = "".join(word.title() for word in spec.kind.split("_"))
        assert {f"{name}MailboxAge", f"{name}Errors", f"{name}SendsBack"} <= alarms


def test_the_alarm_on_messages_sent_back_watches_the_metric_that_functions_write(production: Synthesis):
    alarms = [alarm for alarm in production.of_type("AWS::CloudWatch::Alarm") if alarm.path.endswith("SendsBack")]
    entrypoints = {
        function.properties["Environment"]["Variables"].get("AGENT_KIND"): function.properties["Environment"][
            "Variables"
        ]
        for function in production.of_type("AWS::Lambda::Function")
    }
    assert len(alarms) == len(AGENTS)
    for alarm in alarms:
        dimensions = {entry["Name"]: entry["Value"] for entry in alarm.properties["Dimensions"]}
        assert dimensions["service"] == entrypoints[dimensions["agent_kind"]]["POWERTOOLS_SERVICE_NAME"]
        assert (alarm.properties["Namespace"], alarm.properties["MetricName"]) == (
            METRICS_NAMESPACE,
            "MessagesSentBack",
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
