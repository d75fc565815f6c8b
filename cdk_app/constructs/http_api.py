"""An HTTP API that asks who is calling."""

import json

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_app.constructs.alarm_spec import AlarmSpec
from cdk_app.constructs.python_function import PythonFunction
from cdk_app.environments import Environment

AUTHORIZATION_KEPT_FOR = Duration.seconds(300)
METHODS = [
    apigateway.HttpMethod.DELETE,
    apigateway.HttpMethod.GET,
    apigateway.HttpMethod.PATCH,
    apigateway.HttpMethod.POST,
    apigateway.HttpMethod.PUT,
]

ACCESS_LOG_FIELDS = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.routeKey",
    "status": "$context.status",
    "response_bytes": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "integration_error": "$context.integrationErrorMessage",
    "authorizer_error": "$context.authorizer.error",
}


class AuthorizedHttpApi(Construct):
    """All paths lead to one function, past one authorizer; what is open besides is opened by name.

    Throttled by stage, every request logged as JSON. CORS is off unless ``browser_origins`` are given.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: PythonFunction,
        authorizer: PythonFunction,
        environment: Environment,
        description: str,
        browser_origins: tuple[str, ...] = (),
        open_routes: tuple[tuple[apigateway.HttpMethod, str, int], ...] = (),
    ) -> None:
        """Make the API; ``open_routes`` are (method, path, requests a second) without the authorizer."""
        super().__init__(scope, construct_id)
        self.api = apigateway.HttpApi(
            self,
            "Api",
            cors_preflight=_cors(browser_origins) if browser_origins else None,
            create_default_stage=False,
            description=description,
        )
        integration = integrations.HttpLambdaIntegration("Handler", handler.function)
        self.routes = self.api.add_routes(
            path="/{proxy+}",
            methods=METHODS,
            integration=integration,
            authorizer=authorizers.HttpLambdaAuthorizer(
                "Authorizer",
                authorizer.function,
                identity_source=["$request.header.Authorization"],
                response_types=[authorizers.HttpLambdaResponseType.SIMPLE],
                results_cache_ttl=AUTHORIZATION_KEPT_FOR,
            ),
        )
        self.opened = [
            route
            for method, path, _ in open_routes
            for route in self.api.add_routes(
                path=path, methods=[method], integration=integration, authorizer=apigateway.HttpNoneAuthorizer()
            )
        ]
        self.stage = self._stage(environment, open_routes)
        self.alarms = (
            AlarmSpec(
                name=f"{construct_id}ServerErrors",
                meaning=f"The {construct_id} answers requests with 5xx. See the log of its function.",
                metric=self.api.metric_server_error(period=Duration.minutes(5), statistic=cloudwatch.Stats.SUM),
                threshold=0,
            ),
        )

    @property
    def url(self) -> str:
        """Base address without a trailing slash."""
        return self.api.api_endpoint

    def _stage(
        self, environment: Environment, open_routes: tuple[tuple[apigateway.HttpMethod, str, int], ...]
    ) -> apigateway.HttpStage:
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                burst_limit=environment.request_rate, rate_limit=environment.request_rate
            ),
        )
        access_log = logs.LogGroup(
            self, "AccessLog", retention=environment.log_retention, removal_policy=environment.removal_policy
        )
        resource = stage.node.default_child
        assert isinstance(resource, apigateway.CfnStage)  # noqa: S101 - what HttpStage is made of, for the type checker
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_log.log_group_arn, format=json.dumps(ACCESS_LOG_FIELDS)
        )
        if open_routes:
            resource.route_settings = {
                f"{method.value} {path}": {"ThrottlingBurstLimit": rate, "ThrottlingRateLimit": rate}
                for method, path, rate in open_routes
            }
            stage.node.add_dependency(*self.opened)
        return stage


def _cors(origins: tuple[str, ...]) -> apigateway.CorsPreflightOptions:
    """Let pages of these origins call; a token is sent as a header, never as a cookie."""
    return apigateway.CorsPreflightOptions(
        allow_headers=["authorization", "content-type", "idempotency-key"],
        expose_headers=["location", "retry-after"],
        allow_methods=[getattr(apigateway.CorsHttpMethod, method.name) for method in METHODS],
        allow_origins=list(origins),
        max_age=Duration.hours(1),
    )
