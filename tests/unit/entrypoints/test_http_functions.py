"""The functions behind the two APIs, from event to answer, over AWS in process."""

import hashlib
import json
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.entrypoints import device_api, device_authorizer, operator_api, operator_authorizer
from tests.unit.api.fleet_in_memory import heartbeat
from tests.unit.api.http_events import http_event
from tests.unit.entrypoints.aws_in_process import REGION, AwsInProcess

CONTENT = b"an archive"


def _operator(method: str, path: str, body: Any = None) -> tuple[int, Any]:
    event = http_event(method, path, body)
    event["requestContext"]["authorizer"] = {"lambda": {"principal": "operator"}}
    answer = operator_api.handler(event, LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


def _device(method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    event = http_event(method, path, body, headers={"authorization": f"Bearer {token}"})
    verdict = device_authorizer.handler(event, None)
    if verdict["isAuthorized"]:
        event["requestContext"]["authorizer"] = {"lambda": verdict["context"]}
    answer = device_api.handler(event, LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


def _told(aws: AwsInProcess, kind: str) -> list[dict[str, Any]]:
    received = boto3.client("sqs", region_name=REGION).receive_message(
        QueueUrl=aws.mailboxes[kind], MaxNumberOfMessages=10
    )
    return [json.loads(message["Body"]) for message in received.get("Messages", [])]


def test_enrolled_device_is_known_by_its_token(aws: AwsInProcess) -> None:
    status, enrolled = _device("POST", "/device/v1/enrol", {"device_id": "d-1"}, token="enrolment-secret")
    assert status == 201
    (frame,) = _told(aws, "device")
    assert (frame["to"], frame["messages"][0]["type"]) == ("device/d-1", "RegisterDevice")

    status, answer = _device("POST", "/device/v1/heartbeats", heartbeat("d-1"), token=enrolled["device_token"])

    assert (status, answer["next_heartbeat_seconds"]) == (200, 15)


def test_token_of_another_device_is_a_403(aws: AwsInProcess) -> None:
    _, enrolled = _device("POST", "/device/v1/enrol", {"device_id": "d-1"}, token="enrolment-secret")

    status, answer = _device("POST", "/device/v1/heartbeats", heartbeat("d-2"), token=enrolled["device_token"])

    assert (status, answer["error"]["code"]) == (403, "other_device")


def test_enrolment_with_a_wrong_token_tells_nobody(aws: AwsInProcess) -> None:
    status, _ = _device("POST", "/device/v1/enrol", {"device_id": "d-1"}, token="guess")

    assert status == 401
    assert _told(aws, "device") == []


@pytest.mark.parametrize(("token", "verdict"), [("operator-secret", True), ("guess", False), ("", False)])
def test_operator_authorizer_lets_only_operators_through(aws: AwsInProcess, token: str, verdict: object) -> None:
    event = http_event("GET", "/v1/devices", headers={"authorization": f"Bearer {token}"})

    assert operator_authorizer.handler(event, None)["isAuthorized"] is verdict


def test_release_goes_from_draft_to_deployment(aws: AwsInProcess) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    draft = {"version": "1.1.0", "size_bytes": len(CONTENT), "sha256": digest, "file_name": "app.tar.gz"}
    status, created = _operator("POST", "/v1/releases", draft)
    assert status == 201
    assert created["upload"]["headers"].keys() == {"content-length", "x-amz-checksum-sha256"}
    boto3.client("s3", region_name=REGION).put_object(
        Bucket="artifacts", Key="releases/1.1.0/app.tar.gz", Body=CONTENT, ChecksumAlgorithm="SHA256"
    )
    assert _operator("POST", "/v1/releases/1.1.0/finalise")[0] == 200

    order = {"deployment_id": "dep-1", "release": "1.1.0", "plan": {"rings": ["canary"]}}
    first, _ = _operator("POST", "/v1/deployments", order)
    second, view = _operator("POST", "/v1/deployments", order)

    assert (first, second, view["status"]) == (201, 200, "planned")
    frames = _told(aws, "deployment")
    assert [frame["messages"][0]["type"] for frame in frames] == ["OpenDeployment"]
    executions = boto3.client("stepfunctions", region_name=REGION).list_executions(stateMachineArn=aws.machine)
    assert [execution["name"] for execution in executions["executions"]] == ["dep-1"]


def test_upload_that_differs_is_refused_at_finalise(aws: AwsInProcess) -> None:
    draft = {"version": "1.1.0", "size_bytes": 10, "sha256": "0" * 64, "file_name": "app.tar.gz"}
    _operator("POST", "/v1/releases", draft)
    boto3.client("s3", region_name=REGION).put_object(
        Bucket="artifacts", Key="releases/1.1.0/app.tar.gz", Body=CONTENT, ChecksumAlgorithm="SHA256"
    )

    status, answer = _operator("POST", "/v1/releases/1.1.0/finalise")

    assert (status, answer["error"]["code"]) == (409, "digest_differs")


def test_devices_and_rings_are_read_from_their_tables(aws: AwsInProcess) -> None:
    assert _operator("PUT", "/v1/rings/lab", {"order": 1, "share": 0.25})[0] == 200
    assert _operator("GET", "/v1/rings/lab")[1] == {"name": "lab", "order": 1, "share": 0.25}
    assert _operator("GET", "/v1/devices") == (200, {"devices": [], "cursor": None})
    assert _operator("GET", "/v1/devices/nobody")[0] == 404
