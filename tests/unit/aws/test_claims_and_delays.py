import io
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.response import StreamingBody

from lambdas.actors.claims import claim_of
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.s3_claim_store import S3ClaimStore
from lambdas.aws.sqs_retry_delays import SQSRetryDelays
from tests.unit.aws.scripted_client import AT_ONCE, ScriptedClient, refused

CLAIM = claim_of(b"content")
UNREACHABLE = EndpointConnectionError(endpoint_url="x")


class Interrupted:
    """A body whose connection breaks while it is read."""

    def read(self) -> bytes:
        raise ReadTimeoutError(endpoint_url="x")


def body(content: bytes) -> dict[str, Any]:
    return {"Body": StreamingBody(io.BytesIO(content), len(content))}


def test_a_content_is_one_call_under_its_digest_which_s3_checks():
    client = ScriptedClient({})

    S3ClaimStore(client, "bucket", AT_ONCE).put({CLAIM: b"content"})

    ((operation, request),) = client.calls
    assert operation == "put_object"
    assert (request["Bucket"], request["Key"]) == ("bucket", f"claims/{CLAIM.sha256}")
    assert request["ChecksumSHA256"] == "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M="


def test_contents_that_were_not_taken_are_written_again_alone():
    contents = {claim_of(content): content for content in (b"1", b"2", b"3")}
    client = ScriptedClient({}, refused("SlowDown"), {})

    S3ClaimStore(client, "bucket", AT_ONCE).put(contents)

    assert [request["Body"] for _, request in client.calls] == [b"1", b"2", b"3", b"2"]


@pytest.mark.parametrize("failure", [refused("SlowDown"), refused("AccessDenied"), UNREACHABLE])
def test_a_content_that_is_never_taken_makes_the_store_unavailable(failure: Exception):
    client = ScriptedClient(failure)

    with pytest.raises(PortUnavailableError, match=f"did not take {CLAIM.sha256}"):
        S3ClaimStore(client, "bucket", AT_ONCE).put({CLAIM: b"content"})
    assert len(client.calls) == AT_ONCE.tries


def test_a_content_that_is_gone_is_absent_at_once():
    client = ScriptedClient(refused("NoSuchKey"))

    assert S3ClaimStore(client, "bucket", AT_ONCE).get([CLAIM]) == {}
    assert len(client.calls) == 1


@pytest.mark.parametrize(
    "failure", [refused("SlowDown"), refused("AccessDenied"), refused("NoSuchBucket"), UNREACHABLE]
)
def test_a_content_that_cannot_be_read_is_not_taken_for_gone(failure: Exception):
    client = ScriptedClient(failure)

    with pytest.raises(PortUnavailableError, match=f"did not give {CLAIM.sha256}"):
        S3ClaimStore(client, "bucket", AT_ONCE).get([CLAIM])
    assert len(client.calls) == AT_ONCE.tries


def test_a_content_whose_connection_broke_is_read_again():
    client = ScriptedClient({"Body": Interrupted()}, body(b"content"))

    assert S3ClaimStore(client, "bucket", AT_ONCE).get([CLAIM]) == {CLAIM: b"content"}


def test_a_content_is_given_as_it_is_stored_also_when_it_was_altered():
    client = ScriptedClient(body(b"altered"))

    assert S3ClaimStore(client, "bucket", AT_ONCE).get([CLAIM]) == {CLAIM: b"altered"}


QUEUES = ["https://sqs/000000000000/device.fifo", "https://sqs/000000000000/device-control.fifo"]


def record(number: int, queue: str = "device.fifo") -> MailboxRecord:
    return MailboxRecord(f"m-{number}", "device/d", queue, number, "{}", receipt=f"receipt-{number}")


def delayed(count: int, delay: timedelta = timedelta(seconds=1)) -> list[tuple[MailboxRecord, timedelta]]:
    return [(record(number), delay) for number in range(count)]


def test_ten_messages_are_postponed_in_one_call_and_eleven_in_two():
    for count, calls in ((10, [10]), (11, [10, 1])):
        client = ScriptedClient({})

        SQSRetryDelays(client, QUEUES).postpone(delayed(count))

        assert [len(request["Entries"]) for _, request in client.calls] == calls


def test_messages_are_postponed_in_the_queue_they_came_from():
    client = ScriptedClient({})

    SQSRetryDelays(client, QUEUES).postpone(
        [(record(1), timedelta(0)), (record(2, "device-control.fifo"), timedelta(seconds=5))]
    )

    assert [
        (request["QueueUrl"], request["Entries"][0]["ReceiptHandle"], request["Entries"][0]["VisibilityTimeout"])
        for _, request in client.calls
    ] == [(QUEUES[0], "receipt-1", 0), (QUEUES[1], "receipt-2", 5)]


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        (timedelta(seconds=-1), 0),
        (timedelta(0), 0),
        (timedelta(microseconds=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(seconds=42_299.5), 42_300),
        (timedelta(seconds=42_300), 42_300),
        (timedelta(hours=12), 42_300),
    ],
)
def test_a_delay_is_whole_seconds_never_shorter_than_asked_and_below_twelve_hours(delay: timedelta, seconds: int):
    client = ScriptedClient({})

    SQSRetryDelays(client, QUEUES).postpone([(record(1), delay)])

    assert client.calls[0][1]["Entries"][0]["VisibilityTimeout"] == seconds


@pytest.mark.parametrize(
    "answer",
    [
        refused("ReceiptHandleIsInvalid"),
        UNREACHABLE,
        {"Failed": [{"Id": "0", "Code": "InvalidParameterValue", "SenderFault": True, "Message": "expired"}]},
    ],
)
def test_a_delay_that_cannot_be_set_is_tried_once_and_is_no_error(answer: Any):
    client = ScriptedClient(answer)

    SQSRetryDelays(client, QUEUES).postpone(delayed(11))

    assert len(client.calls) == 2


def test_messages_of_a_queue_that_is_not_known_keep_the_timeout_of_their_queue():
    client = ScriptedClient({})

    SQSRetryDelays(client, QUEUES).postpone([(record(1, "other.fifo"), timedelta(0)), (record(2), timedelta(0))])

    assert [request["QueueUrl"] for _, request in client.calls] == [QUEUES[0]]
