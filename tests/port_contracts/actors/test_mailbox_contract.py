"""What every Mailbox, MailboxSender and WakeUpScheduler does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.codec import encode_message
from lambdas.actors.frames import ClientRequest, Frame, Sender, decode_frame
from lambdas.actors.in_memory.mailboxes import InMemoryMailboxes
from lambdas.actors.mailbox_record import MailboxRecord
from lambdas.actors.outbox import WakeUp
from lambdas.actors.ports import Mailbox, MailboxSender
from lambdas.aws.sqs_mailbox import SQSMailbox
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from lambdas.aws.sqs_wake_up_scheduler import SQSWakeUpScheduler, decode_wake_up
from tests.port_contracts.actors.conftest import AT_ONCE, technology
from tests.port_contracts.actors.technologies import LANES, Aws, as_record
from tests.unit.actors.relay_race import COLLECTOR, RUNNER, Carried, Carry

EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)
TECHNOLOGIES = ["memory", "moto", EMBEDDED]
MOTO_DRAWS_NUMBERS = pytest.param(
    "moto",
    marks=pytest.mark.xfail(
        strict=True, reason="moto 5.2 draws SequenceNumber at random; on SQS it rises within the group"
    ),
)


@dataclass(frozen=True)
class Boxes:
    """Both ways in, and the way out."""

    mailbox: Mailbox
    sender: MailboxSender
    receive: Callable[[str], list[MailboxRecord]]


@pytest.fixture
def boxes(request: pytest.FixtureRequest) -> Iterator[Boxes]:
    if request.param == "memory":
        memory = InMemoryMailboxes(drops_repeats=True, lanes=LANES)

        def received(queue: str) -> list[MailboxRecord]:
            delivery = memory.receive(queue)
            return list(delivery.records) if delivery else []

        yield Boxes(memory, memory, received)
        return
    for aws in technology(request, request.param):
        client, mailboxes = aws.client("sqs"), aws.mailboxes()

        def receive(queue: str, aws: Aws = aws, urls: dict[str, str] = mailboxes) -> list[MailboxRecord]:
            return [as_record(message) for message in aws.received(urls[queue])]

        yield Boxes(SQSMailbox(client, mailboxes, AT_ONCE), SQSMailboxSender(client, mailboxes, AT_ONCE), receive)


everywhere = pytest.mark.parametrize("boxes", TECHNOLOGIES, indirect=True)


def frame(word: str, sequence: int, to: ActorId = COLLECTOR, sender: ActorId = RUNNER) -> Frame:
    return Frame(to, (encode_message(Carried(word, sequence)),), Sender(sender, "normal", sequence))


def words(records: list[MailboxRecord]) -> list[str]:
    frames = [decode_frame(record.body, ActorId.parse(record.agent)) for record in records]
    return [bytes(message.data).decode().split('"')[3] for frame in frames for message in frame.messages]


@everywhere
def test_what_is_told_arrives_as_a_frame_without_sender(boxes: Boxes):
    boxes.mailbox.tell(RUNNER, Carry("a"), "request-1")

    (record,) = boxes.receive("runner")
    told = decode_frame(record.body, RUNNER)
    assert record.agent == "runner/r"
    assert [message.type for message in told.messages] == ["Carry"]
    assert told.sender is None


@everywhere
def test_the_same_request_is_told_once(boxes: Boxes):
    for request_id in ("request-1", "request-1", "request-2"):
        boxes.mailbox.tell(RUNNER, Carry(request_id), request_id)

    assert words(boxes.receive("runner")) == ["request-1", "request-2"]


@everywhere
def test_one_request_tells_many_agents_of_several_kinds(boxes: Boxes):
    runners = [ActorId("runner", f"r-{number}") for number in range(12)]

    boxes.mailbox.tell_all([*((runner, Carry("a")) for runner in runners), (COLLECTOR, Carried("b", 1))], "request-1")

    first = boxes.receive("runner")
    assert {record.agent for record in [*first, *boxes.receive("runner")]} == {str(runner) for runner in runners}
    assert words(boxes.receive("collector")) == ["b"]


@everywhere
def test_messages_told_to_one_agent_in_one_request_keep_their_order(boxes: Boxes):
    boxes.mailbox.tell_all([(RUNNER, Carry("a")), (RUNNER, Carry("b"))], "request-1")

    assert words(boxes.receive("runner")) == ["a", "b"]


@everywhere
def test_a_request_id_may_be_long_and_unusual(boxes: Boxes):
    boxes.mailbox.tell(RUNNER, Carry("a"), "Größe " * 100)

    assert words(boxes.receive("runner")) == ["a"]


@everywhere
def test_frames_arrive_with_their_sender_in_the_order_sent(boxes: Boxes):
    unsent = boxes.sender.send([frame(str(number), number) for number in range(1, 6)])

    records = boxes.receive("collector")
    assert not unsent
    assert words(records) == ["1", "2", "3", "4", "5"]
    assert decode_frame(records[2].body, COLLECTOR).sender == Sender(RUNNER, "normal", 3)


@everywhere
def test_frames_to_many_agents_and_kinds_are_sent(boxes: Boxes):
    collectors = [ActorId("collector", f"c-{number}") for number in range(15)]

    unsent = boxes.sender.send([*(frame("x", n, to) for n, to in enumerate(collectors, 1)), frame("y", 99, RUNNER)])

    first = boxes.receive("collector")
    assert not unsent
    assert {record.agent for record in [*first, *boxes.receive("collector")]} == {str(agent) for agent in collectors}
    assert len(boxes.receive("runner")) == 1


@everywhere
def test_a_frame_sent_again_at_once_arrives_once(boxes: Boxes):
    for _ in range(2):
        boxes.sender.send([frame("a", 1)])

    assert words(boxes.receive("collector")) == ["a"]


@everywhere
def test_the_longest_address_can_be_told_and_can_send(boxes: Boxes):
    longest = ActorId("runner", "x" * 121)

    boxes.mailbox.tell(longest, Carry("a"), "request-1")
    boxes.sender.send([frame("b", 1, sender=longest)])

    assert words(boxes.receive("runner")) == ["a"]
    assert words(boxes.receive("collector")) == ["b"]


@everywhere
def test_an_empty_frame_wakes_an_agent_each_time_it_is_sent(boxes: Boxes):
    due = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(2):
        boxes.sender.send([Frame(RUNNER, (), due=due)])

    records = boxes.receive("runner")
    assert [decode_frame(record.body, RUNNER).due for record in records] == [due, due]


@pytest.mark.parametrize("boxes", ["memory", MOTO_DRAWS_NUMBERS, EMBEDDED], indirect=True)
def test_sequence_numbers_rise_within_a_group(boxes: Boxes):
    boxes.sender.send([frame(str(number), number) for number in range(1, 9)])

    numbers = [record.sequence_number for record in boxes.receive("collector")]
    assert len(numbers) == 8
    assert numbers == sorted(set(numbers))


@everywhere
def test_a_group_is_with_one_receiver_at_a_time(boxes: Boxes):
    boxes.sender.send([frame("a", 1)])
    boxes.receive("collector")
    boxes.sender.send([frame("b", 2), frame("c", 3, ActorId("collector", "other"))])

    assert words(boxes.receive("collector")) == ["c"]


def posted(word: str, to: ActorId = RUNNER, lane: str = "normal") -> Frame:
    return Frame(to, (encode_message(Carry(word)),), to_lane=lane)


@everywhere
def test_a_posted_frame_arrives_with_all_it_says(boxes: Boxes):
    asked = replace(posted("a"), request=ClientRequest("key", datetime(2026, 1, 1, tzinfo=UTC)))

    boxes.mailbox.post(asked, "request-1")

    (record,) = boxes.receive("runner")
    assert record.agent == "runner/r"
    assert decode_frame(record.body, RUNNER) == asked


@everywhere
def test_the_same_content_is_posted_once_under_one_request(boxes: Boxes):
    asked = posted("a")
    later = replace(asked, request=ClientRequest("key", datetime(2026, 1, 1, tzinfo=UTC)))

    for frame_, request_id in ((asked, "request-1"), (later, "request-1"), (asked, "request-2")):
        boxes.mailbox.post(frame_, request_id)

    assert words(boxes.receive("runner")) == ["a", "a"]


@everywhere
def test_other_content_under_the_same_request_is_not_taken_for_a_repeat(boxes: Boxes):
    for word in ("a", "b", "a"):
        boxes.mailbox.post(posted(word), "request-1")

    assert words(boxes.receive("runner")) == ["a", "b"]


@everywhere
def test_one_request_posts_to_several_agents(boxes: Boxes):
    for key in ("r-1", "r-2"):
        boxes.mailbox.post(posted("a", ActorId("runner", key)), "request-1")

    assert {record.agent for record in boxes.receive("runner")} == {"runner/r-1", "runner/r-2"}


@everywhere
def test_a_frame_goes_through_the_lane_it_is_for(boxes: Boxes):
    boxes.mailbox.post(posted("a", lane="control"), "request-1")
    boxes.sender.send([replace(frame("b", 1, RUNNER), to_lane="control"), frame("c", 2, RUNNER)])
    boxes.sender.send_at_most_once([posted("d", lane="control")])

    assert words(boxes.receive("runner.control")) == ["a", "b", "d"]
    assert words(boxes.receive("runner")) == ["c"]


@everywhere
def test_a_lane_that_the_kind_does_not_have_is_the_normal_one(boxes: Boxes):
    boxes.mailbox.post(posted("a", lane="bulk"), "request-1")
    boxes.sender.send([replace(frame("b", 1, COLLECTOR), to_lane="control")])
    boxes.sender.send_at_most_once([posted("c", COLLECTOR, "control")])

    assert words(boxes.receive("runner")) == ["a"]
    assert words(boxes.receive("collector")) == ["b", "c"]


@everywhere
def test_lanes_of_one_agent_are_received_beside_one_another(boxes: Boxes):
    boxes.sender.send([frame("a", 1, RUNNER)])
    boxes.receive("runner")

    boxes.sender.send([replace(frame("b", 2, RUNNER), to_lane="control")])

    assert words(boxes.receive("runner.control")) == ["b"]


@everywhere
def test_frames_that_may_be_lost_arrive_when_nothing_fails(boxes: Boxes):
    collectors = [ActorId("collector", f"c-{number}") for number in range(12)]

    boxes.sender.send_at_most_once([*(posted("a", to) for to in collectors), posted("b")])

    first = boxes.receive("collector")
    assert {record.agent for record in [*first, *boxes.receive("collector")]} == {str(agent) for agent in collectors}
    assert words(boxes.receive("runner")) == ["b"]


@everywhere
def test_wake_ups_and_held_messages_that_are_brought_back_are_never_taken_for_repeats(boxes: Boxes):
    brought_back = replace(posted("a"), replays=3)
    from_a_sender = replace(frame("b", 1, RUNNER), replays=4)

    for _ in range(2):
        boxes.sender.send([brought_back, from_a_sender, Frame(RUNNER, ())])

    records = boxes.receive("runner")
    assert len(records) == 6
    assert [decode_frame(record.body, RUNNER).replays for record in records].count(3) == 2


@everywhere
def test_a_message_says_how_often_it_was_received_and_by_which_receipt(boxes: Boxes):
    boxes.mailbox.tell(RUNNER, Carry("a"), "request-1")

    (record,) = boxes.receive("runner")

    assert record.receives == 1
    assert record.receipt


@pytest.fixture(params=["moto", EMBEDDED])
def aws(request: pytest.FixtureRequest) -> Iterator[Aws]:
    yield from technology(request, request.param)


def test_a_wake_up_comes_when_it_is_due_and_not_before(aws: Aws):
    queue = aws.queue()
    scheduler = SQSWakeUpScheduler(aws.client("sqs"), queue, AT_ONCE)
    now = datetime.now(UTC)
    soon, late = WakeUp(RUNNER, now + timedelta(seconds=1)), WakeUp(COLLECTOR, now + timedelta(days=3))

    assert not scheduler.schedule([soon, late], now)

    messages: list[dict[str, str]] = []
    while not messages and datetime.now(UTC) < now + timedelta(seconds=10):
        messages = aws.received(queue)
    assert [decode_wake_up(message["Body"]) for message in messages] == [soon]
    assert datetime.now(UTC) >= soon.due
