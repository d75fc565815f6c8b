from typing import Any

from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from lambdas.actors.actor_id import ActorId
from lambdas.actors.frames import Frame, Sender
from lambdas.aws.backoff import Backoff
from lambdas.aws.deduplication_ids import ID_LIMIT, deduplication_id
from lambdas.aws.sqs_batches import BATCH_LIMIT_BYTES, ENTRIES_OF_A_BATCH, QueueEntry, in_batches, send_all
from lambdas.aws.sqs_mailbox_sender import SQSMailboxSender
from tests.unit.aws.scripted_client import AT_ONCE, ScriptedClient, refused

MAILBOXES = {"device": "device-url", "batch": "batch-url"}


def entries(*sizes: int) -> list[QueueEntry]:
    return [QueueEntry(place, "x" * size) for place, size in enumerate(sizes)]


def test_ten_entries_are_one_batch_and_eleven_are_two():
    assert [len(batch) for batch in in_batches(entries(*[1] * 10))] == [10]
    assert [len(batch) for batch in in_batches(entries(*[1] * 11))] == [10, 1]


def test_a_batch_is_cut_at_a_mebibyte():
    half = BATCH_LIMIT_BYTES // 2

    assert [len(batch) for batch in in_batches(entries(half, half))] == [2]
    assert [len(batch) for batch in in_batches(entries(half, half, 1))] == [2, 1]
    assert [len(batch) for batch in in_batches(entries(half, half + 1))] == [1, 1]


@given(st.lists(st.integers(0, 400_000), max_size=40))
def test_batches_hold_every_entry_in_order_within_both_limits(sizes: list[int]):
    batches = in_batches(entries(*sizes))

    assert [entry for batch in batches for entry in batch] == entries(*sizes)
    assert all(len(batch) <= ENTRIES_OF_A_BATCH for batch in batches)
    assert all(sum(entry.size_bytes for entry in batch) <= BATCH_LIMIT_BYTES for batch in batches)


def test_entries_that_were_not_taken_are_sent_again_alone():
    client = ScriptedClient({"Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False}]}, {})

    unsent = send_all(client, "url", entries(1, 1, 1), AT_ONCE)

    assert unsent == set()
    assert [[entry["Id"] for entry in request["Entries"]] for _, request in client.calls] == [["0", "1", "2"], ["1"]]


def test_entries_that_are_never_taken_are_named_after_a_few_tries():
    client = ScriptedClient({"Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]})

    assert send_all(client, "url", entries(1, 1), AT_ONCE) == {0}
    assert len(client.calls) == AT_ONCE.tries


def test_entries_count_as_unsent_when_the_queue_does_not_answer():
    for failure in (refused("AWS.SimpleQueueService.NonExistentQueue"), EndpointConnectionError(endpoint_url="x")):
        assert send_all(ScriptedClient(failure), "url", entries(1, 1), AT_ONCE) == {0, 1}


def test_waits_are_random_grow_and_stay_bounded():
    waits: list[float] = []
    backoff = Backoff(
        tries=7, first_wait_seconds=0.1, longest_wait_seconds=1.0, sleep=waits.append, random_share=lambda: 0.5
    )

    assert backoff.until_done([1], lambda left: left) == [1]
    assert waits == [0.05, 0.1, 0.2, 0.4, 0.5, 0.5]


def test_nothing_is_tried_again_that_is_done():
    attempts: list[Any] = []

    Backoff(sleep=lambda _: None).until_done([1, 2], lambda left: attempts.append(left) or ())

    assert attempts == [[1, 2]]


def frame(number: int, to: ActorId, sender: str = "s") -> Frame:
    return Frame(to, (), Sender(ActorId("ring_analyst", sender), "normal", number))


DEVICE = ActorId("device", "d-1")


def test_frames_of_many_agents_to_one_queue_are_one_call():
    client = ScriptedClient({})
    sender = SQSMailboxSender(client, MAILBOXES, AT_ONCE)

    unsent = sender.send([frame(1, DEVICE, f"s-{number}") for number in range(10)])

    assert not unsent
    assert [operation for operation, _ in client.calls] == ["send_message_batch"]
    entry = client.calls[0][1]["Entries"][0]
    assert (entry["MessageGroupId"], entry["MessageDeduplicationId"]) == ("device/d-1", "ring_analyst/s-0|normal|1")


def test_frames_to_several_queues_are_one_call_for_each():
    client = ScriptedClient({})

    SQSMailboxSender(client, MAILBOXES, AT_ONCE).send(
        [frame(1, DEVICE), frame(2, ActorId("batch", "b")), frame(3, DEVICE)]
    )

    assert sorted(request["QueueUrl"] for _, request in client.calls) == ["batch-url", "device-url", "device-url"]


def test_a_later_frame_of_a_route_waits_until_the_earlier_one_is_sent():
    def fails_first(request: dict[str, Any]) -> dict[str, Any]:
        return {"Failed": [{"Id": "0", "Code": "x"}]} if len(client.calls) == 1 else {}

    client = ScriptedClient(fails_first)

    SQSMailboxSender(client, MAILBOXES, AT_ONCE).send([frame(1, DEVICE), frame(2, DEVICE)])

    sent = [
        [entry["MessageDeduplicationId"].rsplit("|", 1)[1] for entry in call["Entries"]] for _, call in client.calls
    ]
    assert sent == [["1"], ["1"], ["2"]]


def test_no_frame_is_sent_after_one_of_its_route_that_could_not_be():
    client = ScriptedClient(
        lambda request: {"Failed": [{"Id": e["Id"], "Code": "x"} for e in request["Entries"] if e["Id"] == "0"]}
    )
    other = ActorId("device", "d-2")

    unsent = SQSMailboxSender(client, MAILBOXES, AT_ONCE).send(
        [frame(1, DEVICE), frame(2, other), frame(3, DEVICE), frame(4, other)]
    )

    assert unsent == {0, 2}


def test_a_kind_without_known_mailbox_is_unsent_and_harms_no_other():
    client = ScriptedClient({})

    assert SQSMailboxSender(client, MAILBOXES, AT_ONCE).send([frame(1, ActorId("task", "t")), frame(2, DEVICE)]) == {0}


def test_a_wake_up_sent_twice_is_two_messages():
    client = ScriptedClient({})

    SQSMailboxSender(client, MAILBOXES, AT_ONCE).send([Frame(DEVICE, ()), Frame(ActorId("device", "d-2"), ())])

    ids = [entry["MessageDeduplicationId"] for entry in client.calls[0][1]["Entries"]]
    assert len(set(ids)) == 2


def test_ids_that_sqs_would_not_take_become_digests():
    readable = "device/d-1|normal|7"
    assert deduplication_id(readable) == readable
    assert deduplication_id("x" * ID_LIMIT) == "x" * ID_LIMIT
    assert deduplication_id("x" * (ID_LIMIT + 1)) != deduplication_id("x" * (ID_LIMIT + 2))
    assert all(len(deduplication_id(name)) == 64 for name in ("x" * (ID_LIMIT + 1), "with space", "é", "tab\t"))
