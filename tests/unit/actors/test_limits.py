"""Every limit at its edge: the last thing that fits, and the first that does not."""

from datetime import timedelta

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import ITEM_LIMIT_BYTES, ItemTooLargeError, size_bytes, to_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.codec import EncodedMessage, encode_message
from lambdas.actors.frames import FRAME_LIMIT_BYTES, Frame, FrameTooLargeError, Sender, decode_frame, encode_frame
from lambdas.actors.marks import REPEATS_END_AFTER, is_repeat, marked
from tests.unit.actors.race_track import RaceTrack
from tests.unit.actors.relay_race import COLLECTOR, NOON, RUNNER, Carried, Carry, Grow

SENDER = Sender(RUNNER, "normal", 1)


def frame_of(message_bytes: int) -> Frame:
    return Frame(COLLECTOR, (encode_message(Carried("x" * message_bytes, 0)),), SENDER)


FRAME_OVERHEAD = len(encode_frame(frame_of(0)))
LARGEST_WORD = FRAME_LIMIT_BYTES - FRAME_OVERHEAD


def test_the_largest_frame_is_written():
    assert len(encode_frame(frame_of(LARGEST_WORD))) == FRAME_LIMIT_BYTES


def test_a_frame_one_byte_above_the_limit_is_refused_with_its_size():
    with pytest.raises(FrameTooLargeError, match=f"frame for collector/c has {FRAME_LIMIT_BYTES + 1} bytes"):
        encode_frame(frame_of(LARGEST_WORD + 1))


def test_characters_that_sqs_refuses_travel_escaped():
    frame = Frame(COLLECTOR, (encode_message(Carried("\ufffe and \uffff and \x01", 0)),), SENDER)

    text = encode_frame(frame)

    assert not {"\ufffe", "\uffff", "\x01"} & set(text)
    (message,) = decode_frame(text, COLLECTOR).messages
    assert msgspec.json.decode(message.data, type=Carried).word == "\ufffe and \uffff and \x01"


def test_bytes_count_and_not_characters():
    with pytest.raises(FrameTooLargeError):
        encode_frame(Frame(COLLECTOR, (encode_message(Carried("é" * (LARGEST_WORD // 2 + 1), 0)),), SENDER))


def test_a_turn_may_send_the_largest_frame():
    track = RaceTrack()
    track.tell(Grow(message_bytes=LARGEST_WORD))

    assert track.run().unhandled == ()
    assert len(track.arrived()[0]) == LARGEST_WORD


def test_a_turn_that_would_send_a_larger_frame_is_refused_and_changes_nothing():
    track = RaceTrack()
    track.tell(Grow(message_bytes=LARGEST_WORD + 1, state_bytes=5))

    report = track.run()

    assert [type(failure.error) for failure in report.failures] == [FrameTooLargeError]
    assert track.store.items == {}
    assert track.arrived() == []


def test_a_frame_that_only_grew_too_large_with_its_neighbours_is_sent_by_the_next_turn():
    track = RaceTrack()
    for _ in range(2):
        track.tell(Grow(message_bytes=LARGEST_WORD - 10))

    first = track.run()
    second = track.run()

    assert (len(first.unhandled), len(second.unhandled)) == (1, 0)
    assert len(track.arrived()) == 2


def record_of(state_bytes: int) -> AgentRecord:
    return AgentRecord(RUNNER, 1, state="x" * state_bytes)


LARGEST_STATE = ITEM_LIMIT_BYTES - size_bytes(to_item(record_of(0)))


def test_the_largest_item_is_written():
    assert size_bytes(to_item(record_of(LARGEST_STATE))) == ITEM_LIMIT_BYTES


def test_an_item_one_byte_above_the_limit_is_refused_naming_its_largest_part():
    with pytest.raises(ItemTooLargeError, match=rf"runner/r would have {ITEM_LIMIT_BYTES + 1} bytes.*'state'"):
        to_item(record_of(LARGEST_STATE + 1))


def test_the_limit_of_items_is_below_what_dynamodb_holds():
    assert ITEM_LIMIT_BYTES < 400 * 1024


def test_an_agent_that_would_outgrow_its_item_keeps_its_last_good_state():
    track = RaceTrack()
    track.tell(Carry("a"))
    track.tell(Grow(state_bytes=ITEM_LIMIT_BYTES))

    report = track.run()

    assert [type(failure.error) for failure in report.failures] == [ItemTooLargeError]
    assert track.words() == ["a"]


def test_an_outbox_too_large_to_be_carried_leaves_before_the_fresh_message_is_handled():
    track = RaceTrack()
    track.mailboxes.deaf = {COLLECTOR}
    track.tell(Grow(message_bytes=LARGEST_WORD))
    track.run()
    track.mailboxes.deaf = set()
    track.tell(Grow(message_bytes=LARGEST_WORD))

    first = track.run()
    second = track.run()

    assert (first.duplicates, first.commits, len(first.unhandled)) == (1, 0, 1)
    assert (second.duplicates, second.commits, len(second.unhandled)) == (0, 1, 0)
    assert track.sequences() == [1, 2]


@pytest.mark.parametrize("version", [9, 10, 99, 10**20])
def test_numbers_are_counted_at_least_as_dynamodb_counts_them(version: int):
    digits = len(str(version))
    assert size_bytes(version) >= (digits + 1) // 2 + 1


def test_a_mark_is_forgotten_only_when_no_repeat_can_come_any_more():
    marks = marked({}, SENDER, "normal", NOON)
    other = Sender(ActorId("runner", "other"), "normal", 1)

    still = marked(marks, other, "normal", NOON + REPEATS_END_AFTER)
    gone = marked(marks, other, "normal", NOON + REPEATS_END_AFTER + timedelta(days=1))

    assert is_repeat(still, SENDER, "normal")
    assert not is_repeat(gone, SENDER, "normal")
    assert is_repeat(gone, other, "normal")


def test_marks_do_not_grow_with_senders_of_long_ago():
    marks = {}
    for day in range(400):
        sender = Sender(ActorId("runner", f"of-day-{day}"), "normal", 1)
        marks = marked(marks, sender, "normal", NOON + timedelta(days=day))

    assert len(marks) == REPEATS_END_AFTER.days + 1


def test_an_encoded_message_takes_its_own_json_in_a_frame():
    message = EncodedMessage("Carried", msgspec.Raw(b'{"word":"a","number":1}'))
    assert encode_frame(Frame(COLLECTOR, (message,))) == (
        '{"to":"collector/c","messages":[{"type":"Carried","data":{"word":"a","number":1}}]}'
    )
