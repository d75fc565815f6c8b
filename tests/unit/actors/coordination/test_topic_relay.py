import json
from datetime import timedelta

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.coordination.subscriptions import Subscription
from lambdas.actors.coordination.topic_relay import REPEATS_END_AFTER, TopicRelay, subscriptions_to
from lambdas.actors.coordination.topics import topic_message
from lambdas.actors.frames import decode_frame
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.in_memory.stage import MORNING
from lambdas.actors.supervision.messages import TerminateChild
from lambdas.aws.topic_event import TopicEventError, read_announced

OVERFLOW = Subscription("plant/*/overflow", key="{2}")
ENCODED = encode_message(TerminateChild("child/a"))
MESSAGE = topic_message("plant/p-7/overflow", ENCODED.type, ENCODED.data)


def queued(**changes):
    """A message as the rule of a subscription writes it."""
    detail = json.loads(msgspec.json.encode(MESSAGE)) | {"event_id": "pump/p-7/3/1"}
    return {"kind": "watch", "pattern": OVERFLOW.pattern, "key": OVERFLOW.key, "detail": detail} | changes


def test_an_announcement_becomes_a_frame_whose_key_is_the_events_id():
    mailboxes = InMemoryMailboxes()

    left = TopicRelay(mailboxes).pass_on([read_announced(json.dumps(queued()))], MORNING)

    (record,) = mailboxes.waiting("watch")
    frame = decode_frame(record.body, ActorId("watch", "p-7"))
    assert not left
    assert frame.request is not None
    assert frame.request.key == "announced pump/p-7/3/1"
    assert frame.request.expires == MORNING + REPEATS_END_AFTER
    assert [(message.type, bytes(message.data)) for message in frame.messages] == [(ENCODED.type, bytes(ENCODED.data))]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        json.dumps(queued(pattern="**/x")),
        json.dumps(queued(kind="Not A Kind")),
        json.dumps(queued(key="{9}")),
        json.dumps(queued(detail={})),
    ],
)
def test_what_is_no_announcement_is_refused(body):
    with pytest.raises(TopicEventError, match="is no announcement"):
        read_announced(body)


def test_a_topic_is_carried_to_every_subscription_that_covers_it():
    subscribed = {"watch": (OVERFLOW, Subscription("plant/**", "all")), "log": (Subscription("site/**", "all"),)}

    assert subscriptions_to("plant/p-7/overflow", subscribed) == [
        ("watch", OVERFLOW),
        ("watch", Subscription("plant/**", "all")),
    ]


def test_an_announcement_reads_the_same_however_its_json_is_laid_out():
    tight, loose = json.dumps(queued(), separators=(",", ":")), json.dumps(queued(), indent=4)

    for announced in (read_announced(tight), read_announced(loose)):
        assert (announced.kind, announced.subscription, announced.event_id) == ("watch", OVERFLOW, "pump/p-7/3/1")
        assert announced.message.topic == MESSAGE.topic
        assert bytes(announced.message.data) == bytes(ENCODED.data)


def test_a_subscriber_remembers_repeats_longer_than_the_queue_does():
    assert timedelta(minutes=5) < REPEATS_END_AFTER
