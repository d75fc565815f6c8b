"""The name of the AWS operation a request asks for, read from the request itself.

Follows the wire protocols of the services: https://smithy.io/2.0/aws/protocols/index.html (JSON, query, RPC v2 and
REST), and for S3 the table of operations:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

_RPC_V2_PATH = re.compile(r"^/service/[^/]+/operation/(?P<operation>[^/]+)$")
_LAMBDA_PATH = re.compile(r"^/\d{4}-\d{2}-\d{2}/(?P<resource>.+)$")


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """A request as it arrived; header names in lower case, query values as lists."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: bytes


def operation_name(request: AwsRequest) -> str:
    """Name the operation as AWS does, or as `<METHOD> <path shape>` where only the path tells."""
    for name_by_protocol in _PROTOCOLS:
        name = name_by_protocol(request)
        if name:
            return name
    return f"{request.method} {_path_shape(request.path)}"


def _json_target(request: AwsRequest) -> str | None:
    return request.headers.get("x-amz-target", "").rpartition(".")[2] or None


def _rpc_v2_path(request: AwsRequest) -> str | None:
    matched = _RPC_V2_PATH.match(request.path)
    return matched["operation"] if matched else None


def _query_action(request: AwsRequest) -> str | None:
    if "Action" in request.query:
        return request.query["Action"][0]
    if "x-www-form-urlencoded" not in request.headers.get("content-type", ""):
        return None
    fields = parse_qs(request.body.decode("utf-8", errors="replace"))
    return fields["Action"][0] if "Action" in fields else None


def _s3_operation(request: AwsRequest) -> str | None:
    if request.service != "s3":
        return None
    bucket, _, key = request.path.lstrip("/").partition("/")
    scope = "Object" if key else "Bucket" if bucket else "Service"
    for (method, of_scope, marker), name in _S3_OPERATIONS.items():
        if (method, of_scope) != (request.method, scope):
            continue
        if marker is None or marker in request.query or marker in request.headers:
            return name
    return None


def _lambda_operation(request: AwsRequest) -> str | None:
    matched = _LAMBDA_PATH.match(request.path) if request.service == "lambda" else None
    return "Invoke" if matched and matched["resource"].endswith("/invocations") else None


def _path_shape(path: str) -> str:
    """Keep the words of a REST path, and put `*` for what looks like an identifier."""
    return "/".join("*" if re.search(r"\d|%|:", part) else part for part in path.split("/"))


# Most specific first: a marker is a query parameter or header that turns one operation into another.
_S3_OPERATIONS: dict[tuple[str, str, str | None], str] = {
    ("PUT", "Object", "partNumber"): "UploadPart",
    ("PUT", "Object", "tagging"): "PutObjectTagging",
    ("PUT", "Object", "x-amz-copy-source"): "CopyObject",
    ("PUT", "Object", None): "PutObject",
    ("GET", "Object", "attributes"): "GetObjectAttributes",
    ("GET", "Object", "tagging"): "GetObjectTagging",
    ("GET", "Object", "uploadId"): "ListParts",
    ("GET", "Object", None): "GetObject",
    ("HEAD", "Object", None): "HeadObject",
    ("POST", "Object", "uploads"): "CreateMultipartUpload",
    ("POST", "Object", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "Object", "uploadId"): "AbortMultipartUpload",
    ("DELETE", "Object", None): "DeleteObject",
    ("POST", "Bucket", "delete"): "DeleteObjects",
    ("GET", "Bucket", "location"): "GetBucketLocation",
    ("GET", "Bucket", "list-type"): "ListObjectsV2",
    ("GET", "Bucket", None): "GET /bucket",
    ("PUT", "Bucket", None): "PUT /bucket",
    ("HEAD", "Bucket", None): "HeadBucket",
    ("DELETE", "Bucket", None): "DeleteBucket",
    ("GET", "Service", None): "ListBuckets",
}

_PROTOCOLS: tuple[Callable[[AwsRequest], str | None], ...] = (
    _json_target,
    _rpc_v2_path,
    _s3_operation,
    _lambda_operation,
    _query_action,
)
