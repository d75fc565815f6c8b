from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import ClientRequest, Frame, Sender
from lambdas.actors.ports import PortUnavailableError
from lambdas.agents.device.messages import AssignRing
from lambdas.aws.sqs_mailbox import SQSMailbox, UnknownMailboxError, post_name
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from tests.unit.aws.scripted_client import AT_ONCE, ScriptedClient, refused

MAILBOXES = {"device": "device-url", "device.control": "control-url", "batch": "batch-url"}
DEVICE = ActorId("device", "d-1")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def frame(ring: str = "a", to: ActorId = DEVICE, lane: str = "normal") -> Frame:
    return Frame(to, (encode_message(AssignRing(ring)),), to_lane=lane)


def sent(number: int, to: ActorId = DEVICE, lane: str = "normal") -> Frame:
    return replace(frame(to=to, lane=lane), sender=Sender(ActorId("batch", "b"), "normal", number))


def urls(client: ScriptedClient) -> list[str]:
    return [request["QueueUrl"] for _, request in client.calls]


@pytest.mark.parametrize(
    ("kind", "lane", "url"),
    [
        ("device", "control", "control-url"),
        ("device", "normal", "device-url"),
        ("device", "bulk", "device-url"),
        ("batch", "control", "batch-url"),
    ],
)
def test_a_frame_goes_into_the_queue_of_its_lane_or_of_the_normal_one(kind: str, lane: str, url: str):
    client = ScriptedClient({})
    to = ActorId(kind, "x")

    assert not SQSMailboxSender(client, MAILBOXES, AT_ONCE).send([sent(1, to, lane)])
    SQSMailboxSender(client, MAILBOXES, AT_ONCE).send_at_most_once([sent(1, to, lane)])
    SQSMailbox(client, MAILBOXES, AT_ONCE).post(frame(to=to, lane=lane), "r-1")

    assert urls(client) == [url] * 3


def test_a_kind_that_is_not_known_takes_no_post():
    with pytest.raises(UnknownMailboxError, match=r"'task'; known are: batch, device, device\.control"):
        SQSMailbox(ScriptedClient({}), MAILBOXES, AT_ONCE).post(frame(to=ActorId("task", "t"), lane="control"), "r-1")


def test_a_post_that_is_not_taken_makes_the_mailbox_unavailable():
    with pytest.raises(PortUnavailableError, match="did not take 1 of 1"):
        SQSMailbox(ScriptedClient(refused("InternalError")), MAILBOXES, AT_ONCE).post(frame(), "r-1")


def test_a_post_is_named_by_request_agent_and_content_not_by_when_it_expires():
    asked = replace(frame(), request=ClientRequest("key", NOON))
    later = replace(frame(), request=ClientRequest("key", NOON + timedelta(hours=1)))

    assert post_name(asked, "r-1") == post_name(later, "r-1")
    others = [post_name(frame("b"), "r-1"), post_name(frame(to=ActorId("device", "d-2")), "r-1")]
    assert len({post_name(asked, "r-1"), post_name(asked, "r-2"), *others}) == 4


def test_frames_that_may_be_lost_are_one_try_per_queue():
    for failure in (refused("InternalError"), EndpointConnectionError(endpoint_url="x")):
        client = ScriptedClient(failure)

        SQSMailboxSender(client, MAILBOXES, AT_ONCE).send_at_most_once(
            [sent(1), sent(2, lane="control"), sent(3), sent(4, ActorId("task", "t"))]
        )

        assert [(request["QueueUrl"], len(request["Entries"])) for _, request in client.calls] == [
            ("device-url", 2),
            ("control-url", 1),
        ]


def test_frames_that_may_be_lost_and_were_not_taken_are_not_sent_again():
    client = ScriptedClient({"Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]})

    SQSMailboxSender(client, MAILBOXES, AT_ONCE).send_at_most_once([sent(1), sent(2)])

    assert len(client.calls) == 1


def test_no_frames_that_may_be_lost_are_no_call():
    client = ScriptedClient({})

    SQSMailboxSender(client, MAILBOXES, AT_ONCE).send_at_most_once([])

    assert client.calls == []


def test_a_held_message_that_is_brought_back_has_a_name_of_its_own_each_time():
    client = ScriptedClient({})
    sender = SQSMailboxSender(client, MAILBOXES, AT_ONCE)

    for _ in range(2):
        sender.send([replace(sent(1), replays=7)])
        sender.send([replace(frame(), replays=7)])

    names: list[Any] = [entry["MessageDeduplicationId"] for _, request in client.calls for entry in request["Entries"]]
    assert len(set(names)) == 4
