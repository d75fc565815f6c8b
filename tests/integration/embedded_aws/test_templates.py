import httpx
import pytest

from lab.embedded_aws.emulator import EmbeddedAws
from tests.integration.embedded_aws.resources import Resources

_INLINE_CODE = {"ZipFile": "import time\ndef handler(event, context): time.sleep(event.get('sleep', 0))"}
_TEMPLATE = {
    "Samples": {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "device_id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "device_id", "AttributeType": "S"}],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
            "Replicas": [{"Region": "us-east-1"}, {"Region": "us-west-2"}],
        },
    },
    "Single": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": "arn:aws:iam::000000000000:role/of-a-test",
            "Code": _INLINE_CODE,
            "ReservedConcurrentExecutions": 1,
        },
    },
    "Api": {
        "Type": "AWS::ApiGatewayV2::Api",
        "Properties": {
            "Name": "with-cors",
            "ProtocolType": "HTTP",
            "CorsConfiguration": {
                "AllowOrigins": ["https://dashboard.example"],
                "AllowMethods": ["GET"],
                "AllowHeaders": ["authorization"],
            },
        },
    },
    "Stage": {
        "Type": "AWS::ApiGatewayV2::Stage",
        "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True},
    },
}


@pytest.fixture(scope="module")
def ids(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return Resources(embedded_aws, tmp_path_factory.mktemp("templates")).stack(_TEMPLATE)


def test_a_table_expires_its_items_when_its_template_says_so(embedded_aws: EmbeddedAws, ids: dict[str, str]) -> None:
    expiry = embedded_aws.client("dynamodb").describe_time_to_live(TableName=ids["Samples"])

    assert expiry["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_what_is_written_to_a_table_is_read_from_its_replica(embedded_aws: EmbeddedAws, ids: dict[str, str]) -> None:
    item = {"device_id": {"S": "d-1"}, "ring": {"S": "canary"}}
    embedded_aws.client("dynamodb").put_item(TableName=ids["Samples"], Item=item)

    replica = embedded_aws.client("dynamodb", region="us-west-2")

    assert replica.get_item(TableName=ids["Samples"], Key={"device_id": {"S": "d-1"}})["Item"] == item


def test_a_function_keeps_to_the_concurrency_its_template_reserves(
    embedded_aws: EmbeddedAws, ids: dict[str, str]
) -> None:
    concurrency = embedded_aws.client("lambda").get_function_concurrency(FunctionName=ids["Single"])

    assert concurrency["ReservedConcurrentExecutions"] == 1


def test_preflight_requests_are_answered_as_the_template_says(embedded_aws: EmbeddedAws, ids: dict[str, str]) -> None:
    url = f"{embedded_aws.endpoint_url}/_aws/execute-api/{ids['Api']}/$default/v1/devices"

    def preflight(origin: str) -> httpx.Response:
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        return httpx.options(url, headers=asked, timeout=10, trust_env=False)

    allowed = preflight("https://dashboard.example")
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "https://dashboard.example"
    assert preflight("https://elsewhere.example").headers.get("access-control-allow-origin") is None
