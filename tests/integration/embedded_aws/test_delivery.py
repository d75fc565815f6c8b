import base64
import hashlib
import json
import time

import httpx

from tests.integration.embedded_aws.resources import Resources, eventually

_JOURNALLING_HANDLER = """
import json, os, time

def handler(event, context):
    with open(os.environ["JOURNAL"], "a") as journal:
        for record in event["Records"]:
            journal.write(json.dumps({"body": json.loads(record["body"]), "at": time.time()}) + "\\n")
"""


def test_an_event_goes_by_its_rule_and_queue_to_a_function(resources: Resources) -> None:
    journal = resources.journal()
    queue_url, queue_arn = resources.queue()
    resources.consume(queue_arn, resources.function(_JOURNALLING_HANDLER, journal=journal))
    bus = queue_url.rpartition("/")[2]
    events = resources.aws.client("events")
    events.create_event_bus(Name=bus)
    pattern = {"source": ["ringtree"], "detail-type": ["HeartbeatReceived"]}
    events.put_rule(Name=bus, EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=bus, EventBusName=bus, Targets=[{"Id": "recorder", "Arn": queue_arn}])
    entry = {"Source": "ringtree", "EventBusName": bus, "Detail": json.dumps({"device_id": "d-1"})}

    events.put_events(Entries=[entry | {"DetailType": kind} for kind in ("RingPromoted", "HeartbeatReceived")])

    received = eventually(journal.entries)
    assert [(event["body"]["detail-type"], event["body"]["detail"]) for event in received] == [
        ("HeartbeatReceived", {"device_id": "d-1"})
    ]


def test_a_delayed_message_reaches_its_function_when_it_is_due(resources: Resources) -> None:
    journal = resources.journal()
    queue_url, queue_arn = resources.queue()
    resources.consume(queue_arn, resources.function(_JOURNALLING_HANDLER, journal=journal))

    sent = time.time()
    resources.aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody='{"due": 2}', DelaySeconds=2)

    (woken,) = eventually(journal.entries)
    assert 2.0 <= woken["at"] - sent < 5.0


def test_an_upload_is_accepted_only_with_the_digest_that_was_signed(resources: Resources) -> None:
    s3 = resources.aws.client("s3")
    s3.create_bucket(Bucket="signed-uploads")
    release, digest = b"the release", base64.b64encode(hashlib.sha256(b"the release").digest()).decode()
    where = {"Bucket": "signed-uploads", "Key": "releases/1.1.0/release.tar.gz"}
    url = s3.generate_presigned_url("put_object", Params=where | {"ChecksumSHA256": digest})

    def upload(content: bytes) -> int:
        headers = {"x-amz-checksum-sha256": digest}
        return httpx.put(url, content=content, headers=headers, timeout=10, trust_env=False).status_code

    assert upload(b"another body") == 400
    assert upload(release) == 200
    stored = s3.head_object(**where, ChecksumMode="ENABLED")
    assert (stored["ContentLength"], stored["ChecksumSHA256"]) == (len(release), digest)


def test_an_http_api_asks_its_authorizer_and_passes_on_who_the_caller_is(resources: Resources) -> None:
    aws = resources.aws
    authorizer = resources.function("""
        def handler(event, context):
            token = event["headers"].get("authorization", "")
            return {"isAuthorized": token == "Bearer good", "context": {"device_id": "d-1"}}
    """)
    backend = resources.function("""
        import json

        def handler(event, context):
            caller = event["requestContext"]["authorizer"]["lambda"]["device_id"]
            return {"statusCode": 200, "body": json.dumps({"caller": caller, "path": event["rawPath"]})}
    """)
    api = aws.client("apigatewayv2")
    api_id = api.create_api(Name="devices", ProtocolType="HTTP")["ApiId"]
    invoke = f"arn:aws:apigateway:{aws.region}:lambda:path/2015-03-31/functions/{{}}/invocations"
    authorizer_id = api.create_authorizer(
        ApiId=api_id,
        Name="tokens",
        AuthorizerType="REQUEST",
        AuthorizerUri=invoke.format(authorizer),
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.Authorization"],
    )["AuthorizerId"]
    integration_id = api.create_integration(
        ApiId=api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=backend,
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    api.create_route(
        ApiId=api_id,
        RouteKey="ANY /device/{proxy+}",
        Target=f"integrations/{integration_id}",
        AuthorizationType="CUSTOM",
        AuthorizerId=authorizer_id,
    )
    api.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    url = f"{aws.endpoint_url}/_aws/execute-api/{api_id}/$default/device/v1/heartbeats"

    def ask(**headers: str) -> httpx.Response:
        return httpx.post(url, headers=headers, json={}, timeout=10, trust_env=False)

    assert ask(Authorization="Bearer good").json() == {"caller": "d-1", "path": "/device/v1/heartbeats"}
    assert ask(Authorization="Bearer bad").status_code == 403
    assert ask().status_code == 401


def test_a_batch_gathers_for_its_window_and_beyond_ten_messages(resources: Resources) -> None:
    journal = resources.journal()
    queue_url, queue_arn = resources.queue()
    function = resources.function(
        """
        import os

        def handler(event, context):
            with open(os.environ["JOURNAL"], "a") as journal:
                journal.write(f"{len(event['Records'])}\\n")
        """,
        journal=journal,
    )
    resources.consume(queue_arn, function, BatchSize=100, MaximumBatchingWindowInSeconds=1)
    before = resources.aws.call_counts()

    for _ in range(3):
        entries = [{"Id": str(number), "MessageBody": "heartbeat"} for number in range(8)]
        resources.aws.client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)
        time.sleep(0.1)

    assert eventually(journal.entries) == [24]
    queue = queue_url.rpartition("/")[2]
    eventually(lambda: (resources.aws.call_counts() - before).of_resource("sqs", "DeleteMessageBatch", queue) == 3)
    assert (resources.aws.call_counts() - before).of_resource("sqs", "ReceiveMessage", queue) == 3
