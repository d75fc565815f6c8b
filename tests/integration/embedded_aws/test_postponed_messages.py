"""A function says when a message that it did not handle comes again, and reporting the failure does not undo that."""

import json
from typing import Any

import pytest

from tests.integration.embedded_aws.resources import Resources, eventually

_DELAY_SECONDS = 3
_LEEWAY_SECONDS = 2.5

_POSTPONING_HANDLER = """
import json, os, time
from urllib.request import Request, urlopen

def handler(event, context):
    began, failed, handled = time.time(), [], []
    for record in event["Records"]:
        attributes, message = record["attributes"], json.loads(record["body"])
        fails = message["fails"] and attributes["ApproximateReceiveCount"] == "1"
        (failed if fails else handled).append(record)
    if failed:
        entries = [
            {"Id": str(place), "ReceiptHandle": record["receiptHandle"], "VisibilityTimeout": message["delay"]}
            for place, record in enumerate(failed)
        ]
        body = json.dumps({"QueueUrl": message["queue"], "Entries": entries}).encode()
        call = Request(os.environ["AWS_ENDPOINT_URL"], body, {"Content-Type": "application/x-amz-json-1.0"})
        call.add_header("X-Amz-Target", "AmazonSQS.ChangeMessageVisibilityBatch")
        urlopen(call, timeout=5).read()
    postponed = time.time()
    time.sleep(0.3)
    with open(os.environ["JOURNAL"], "a") as journal:
        names = lambda records: [json.loads(record["body"])["name"] for record in records]
        journal.write(json.dumps([began, postponed, names(failed), names(handled)]) + "\\n")
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}
"""


@pytest.mark.parametrize("visibility_seconds", [1, 60])
def test_a_postponed_message_comes_after_its_delay_whatever_the_timeout_of_its_queue(
    resources: Resources, visibility_seconds: int
) -> None:
    journal = resources.journal()
    url, arn = resources.queue(is_fifo=True, visibility_seconds=visibility_seconds)
    sqs = resources.aws.client("sqs")

    def send(name: str, group: str, *, fails: bool) -> None:
        message = {"name": name, "queue": url, "delay": _DELAY_SECONDS, "fails": fails}
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message), MessageGroupId=group)

    for name in ("bad 1", "bad 2"):
        send(name, "agent/bad", fails=True)
    send("good", "agent/good", fails=False)
    function = resources.function(_POSTPONING_HANDLER, journal=journal)
    resources.consume(arn, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    eventually(journal.entries)
    send("bad 3", "agent/bad", fails=False)

    eventually(lambda: len(_handled(journal.entries())) == 4)

    (_, postponed, failed, good), (came_again, *_), *_ = batches = sorted(journal.entries())
    assert (failed, good) == (["bad 1", "bad 2"], ["good"])
    assert _handled(batches[1:]) == ["bad 1", "bad 2", "bad 3"]
    assert _DELAY_SECONDS - 0.1 <= came_again - postponed <= _DELAY_SECONDS + _LEEWAY_SECONDS


def _handled(batches: list[Any]) -> list[str]:
    return [name for *_, handled in batches for name in handled]
