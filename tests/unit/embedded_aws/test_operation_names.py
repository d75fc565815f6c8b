import pytest

from lab.embedded_aws.operation_names import AwsRequest, operation_name

_FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def _request(service: str, line: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> AwsRequest:
    method, _, target = line.partition(" ")
    path, _, query = target.partition("?")
    fields = {name: [value] for name, _, value in (part.partition("=") for part in query.split("&") if part)}
    return AwsRequest(service, method, path, headers or {}, fields, body)


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (_request("dynamodb", "POST /", headers={"x-amz-target": "DynamoDB_20120810.BatchGetItem"}), "BatchGetItem"),
        (_request("states", "POST /", headers={"x-amz-target": "AWSStepFunctions.SendTaskSuccess"}), "SendTaskSuccess"),
        (
            _request("monitoring", "POST /service/GraniteServiceVersion20100801/operation/PutMetricData"),
            "PutMetricData",
        ),
        (_request("sts", "POST /", headers=_FORM, body=b"Action=AssumeRole&Version=2011-06-15"), "AssumeRole"),
        (_request("sqs", "GET /?Action=ListQueues"), "ListQueues"),
        (_request("s3", "PUT /bucket/plans/d-1/canary.jsonl"), "PutObject"),
        (_request("s3", "PUT /bucket/key?partNumber=1&uploadId=u"), "UploadPart"),
        (_request("s3", "PUT /bucket/key", headers={"x-amz-copy-source": "/bucket/other"}), "CopyObject"),
        (_request("s3", "GET /bucket/key"), "GetObject"),
        (_request("s3", "HEAD /bucket/key"), "HeadObject"),
        (_request("s3", "POST /bucket/key?uploads"), "CreateMultipartUpload"),
        (_request("s3", "POST /bucket/key?uploadId=u"), "CompleteMultipartUpload"),
        (_request("s3", "POST /bucket?delete"), "DeleteObjects"),
        (_request("s3", "GET /bucket?list-type=2&prefix=plans"), "ListObjectsV2"),
        (_request("s3", "GET /"), "ListBuckets"),
        (_request("lambda", "POST /2015-03-31/functions/turns/invocations"), "Invoke"),
        (_request("lambda", "GET /2015-03-31/functions/ring-7f3a"), "GET /*/functions/*"),
    ],
)
def test_a_request_is_named_as_aws_names_the_operation(request_: AwsRequest, name: str) -> None:
    assert operation_name(request_) == name
