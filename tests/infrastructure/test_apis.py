"""Who may call, how often, and what is remembered of it."""

import json

from lambdas.fleet.events import EVENT_SOURCE, HeartbeatReceived
from tests.infrastructure.synthesis import Synthesis

OPEN_ROUTES = {"POST /device/v1/enrol"}


def test_every_route_but_enrolment_asks_who_is_calling(production: Synthesis):
    for route in production.of_type("AWS::ApiGatewayV2::Route"):
        is_open = route.properties["RouteKey"] in OPEN_ROUTES
        assert route.properties["AuthorizationType"] == ("NONE" if is_open else "CUSTOM"), route.path
        assert ("AuthorizerId" in route.properties) is not is_open


def test_each_api_leads_all_paths_to_its_function(production: Synthesis):
    for api in ("OperatorApi", "DeviceApi"):
        keys = {
            route.properties["RouteKey"]
            for route in production.of_type("AWS::ApiGatewayV2::Route")
            if route.path.startswith(f"RingtreeApi/{api}/")
        }
        methods = ("DELETE", "GET", "PATCH", "POST", "PUT")
        assert keys - OPEN_ROUTES == {f"{method} /{{proxy+}}" for method in methods}


def test_an_answer_of_an_authorizer_is_kept_for_five_minutes_per_token(production: Synthesis):
    for authorizer in production.of_type("AWS::ApiGatewayV2::Authorizer"):
        assert authorizer.properties["AuthorizerResultTtlInSeconds"] == 300
        assert authorizer.properties["IdentitySource"] == ["$request.header.Authorization"]
        assert authorizer.properties["EnableSimpleResponses"] is True
        assert authorizer.properties["AuthorizerPayloadFormatVersion"] == "2.0"


def test_each_api_has_its_own_authorizer(production: Synthesis):
    authorizers = production.of_type("AWS::ApiGatewayV2::Authorizer")
    functions = {json.dumps(authorizer.properties["AuthorizerUri"]) for authorizer in authorizers}

    assert len(authorizers) == len(functions) == 2


def test_apis_are_throttled_and_enrolment_most_of_all(production: Synthesis):
    stages = {stage.path.split("/")[1]: stage.properties for stage in production.of_type("AWS::ApiGatewayV2::Stage")}

    assert stages.keys() == {"OperatorApi", "DeviceApi"}
    for stage in stages.values():
        assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 1_000
    enrolment = stages["DeviceApi"]["RouteSettings"]["POST /device/v1/enrol"]
    assert enrolment == {"ThrottlingBurstLimit": 20, "ThrottlingRateLimit": 20}


def test_every_request_is_logged_as_json_without_its_token(production: Synthesis):
    for stage in production.of_type("AWS::ApiGatewayV2::Stage"):
        fields = json.loads(stage.properties["AccessLogSettings"]["Format"])
        assert {"request_id", "method", "path", "status", "latency_ms", "ip"} <= fields.keys()
        assert "authorization" not in stage.properties["AccessLogSettings"]["Format"].lower()


def test_pages_of_other_origins_may_not_call_unless_listed(production: Synthesis):
    for api in production.of_type("AWS::ApiGatewayV2::Api"):
        assert "CorsConfiguration" not in api.properties


def test_heartbeats_on_the_bus_reach_the_recorder(production: Synthesis):
    rule = production.at("RingtreeApi/HeartbeatIntake/HeartbeatReceived")
    (target,) = rule.properties["Targets"]

    assert rule.properties["EventPattern"] == {"source": [EVENT_SOURCE], "detail-type": [HeartbeatReceived.__name__]}
    assert production.text(rule.stack, rule.properties["EventBusName"]) == "RingtreeData/FleetEvents"
    assert production.text(rule.stack, target["Arn"]) == "RingtreeApi/HeartbeatIntake/Heartbeats"


def test_a_heartbeat_that_cannot_be_recorded_is_set_aside(production: Synthesis):
    queue = production.at("RingtreeApi/HeartbeatIntake/Heartbeats")
    redrive = queue.properties["RedrivePolicy"]

    assert production.text(queue.stack, redrive["deadLetterTargetArn"]) == "RingtreeApi/HeartbeatIntake/Rejected"
    assert redrive["maxReceiveCount"] == 5


def test_the_sweep_for_silent_devices_runs_every_minute(production: Synthesis):
    rule = production.at("RingtreeApi/LivenessSweep/EveryMinute")

    assert rule.properties["ScheduleExpression"] == "rate(1 minute)"


def test_outputs_say_where_everything_is(production: Synthesis):
    outputs = {
        stack: {name for name in template.get("Outputs", {}) if not name.startswith("ExportsOutput")}
        for stack, template in production.templates.items()
    }

    assert outputs["RingtreeApi"] == {
        "DeviceApiId",
        "DeviceUrl",
        "EnrolmentTokenSecretArn",
        "OperatorApiId",
        "OperatorTokenSecretArn",
        "OperatorUrl",
    }
    assert outputs["RingtreeSupervision"] == {"DeploymentMachineArn"}
    assert outputs["RingtreeData"] == {
        "AgentsTable",
        "ArtifactsBucket",
        "CatalogTable",
        "EventBusName",
        "JournalTable",
        "MetricsTable",
        "RuntimeRecordsTable",
    }
