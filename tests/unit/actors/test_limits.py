"""Every limit at its edge: the last thing that fits, and the first that does not."""

import random
import string
import zlib
from base64 import b64encode
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import (
    ITEM_LIMIT_BYTES,
    ItemFormatError,
    ItemTooLargeError,
    from_item,
    size_bytes,
    stored_state,
    to_item,
)
from lambdas.actors.agent_item import (
    PACK_OVER_BYTES as ITEM_PACK_OVER_BYTES,
)
from lambdas.actors.agent_record import AgentRecord, Mark
from lambdas.actors.closing import ENVELOPE_BYTES
from lambdas.actors.codec import EncodedMessage, encode_message
from lambdas.actors.effects import Send
from lambdas.actors.frames import (
    CLAIM_LIMIT_BYTES,
    FRAME_LIMIT_BYTES,
    PACK_OVER_BYTES,
    Frame,
    FrameFormatError,
    FrameTooLargeError,
    Sender,
    decode_frame,
    encode_frame,
)
from lambdas.actors.marks import REPEATS_END_AFTER, day_of, still_useful
from lambdas.actors.turn import Turn
from tests.unit.actors.race_track import RaceTrack
from tests.unit.actors.relay_race import COLLECTOR, NOON, RUNNER, RUNNER_BEHAVIOR, Carried, Carry, Grow, Runner

SENDER = Sender(RUNNER, "normal", 1)


def noise(size_bytes: int) -> str:
    """Make a text that cannot be packed: deflated and in base64 it is as long as before, or longer."""
    return "".join(
        random.Random(size_bytes).choices(string.ascii_letters + string.digits + "!#$%&()*+,-./", k=size_bytes)
    )


def frame_of(message_bytes: int) -> Frame:
    return Frame(COLLECTOR, (encode_message(Carried(noise(message_bytes), 0)),), SENDER)


FRAME_OVERHEAD = len(encode_frame(frame_of(0)))
LARGEST_WORD = FRAME_LIMIT_BYTES - FRAME_OVERHEAD


def test_the_largest_frame_is_written():
    assert len(encode_frame(frame_of(LARGEST_WORD))) == FRAME_LIMIT_BYTES


def test_a_frame_one_byte_above_the_limit_is_refused_with_its_size():
    with pytest.raises(FrameTooLargeError, match=f"frame for collector/c has {FRAME_LIMIT_BYTES + 1} bytes"):
        encode_frame(frame_of(LARGEST_WORD + 1))


def test_messages_above_a_kilobyte_travel_packed_when_that_is_shorter():
    told = Carried("word " * 400, 0)
    text = encode_frame(Frame(COLLECTOR, (encode_message(told),), SENDER))

    assert len(text) < 300
    assert decode_frame(text, COLLECTOR).messages == (encode_message(told),)


def test_messages_up_to_a_kilobyte_stay_readable():
    text = encode_frame(
        Frame(COLLECTOR, (encode_message(Carried("x" * (PACK_OVER_BYTES - FRAME_OVERHEAD), 0)),), SENDER)
    )

    assert len(text) == PACK_OVER_BYTES
    assert "packed" not in text


def test_packed_messages_that_would_fill_the_memory_are_refused():
    bomb = b64encode(zlib.compress(b"[" + b" " * CLAIM_LIMIT_BYTES + b"]")).decode()

    with pytest.raises(FrameFormatError, match=f"more than {CLAIM_LIMIT_BYTES} bytes unpacked"):
        decode_frame(f'{{"to":"collector/c","messages":[],"packed":"{bomb}"}}', COLLECTOR)


def test_characters_that_sqs_refuses_travel_escaped():
    frame = Frame(COLLECTOR, (encode_message(Carried("\ufffe and \uffff and \x01", 0)),), SENDER)

    text = encode_frame(frame)

    assert not {"\ufffe", "\uffff", "\x01"} & set(text)
    (message,) = decode_frame(text, COLLECTOR).messages
    assert msgspec.json.decode(message.data, type=Carried).word == "\ufffe and \uffff and \x01"


class NoisyTrack(RaceTrack):
    """A runner that grows by noise, which no packing makes small."""

    def __init__(self) -> None:
        super().__init__(replace(RUNNER_BEHAVIOR, reactions={**RUNNER_BEHAVIOR.reactions, Grow: grow_by_noise}))


def grow_by_noise(runner: Runner, message: Grow, now: datetime) -> Turn[Runner]:
    sends = (Send(COLLECTOR, Carried(noise(message.message_bytes), 0)),) if message.message_bytes else ()
    return Turn(replace(runner, ballast=noise(message.state_bytes)), sends)


def test_a_turn_may_send_the_largest_frame():
    track = NoisyTrack()
    track.tell(Grow(message_bytes=LARGEST_WORD - ENVELOPE_BYTES))

    assert track.run().unhandled == ()
    assert len(track.arrived()[0]) == LARGEST_WORD - ENVELOPE_BYTES
    assert track.claims.contents == {}


def test_a_larger_frame_leaves_its_messages_as_a_claim_that_is_kept_before_the_commit():
    track = NoisyTrack()
    track.tell(Grow(message_bytes=LARGEST_WORD + 1))

    assert track.run().unhandled == ()
    (frame,) = track.frames()
    ((claim, content),) = track.claims.contents.items()
    assert frame.claim is not None
    assert (frame.messages, frame.claim.sha256) == ((), claim)
    assert msgspec.json.decode(content)[0]["data"]["word"] == noise(LARGEST_WORD + 1)


def test_a_turn_that_says_more_than_a_claim_may_hold_is_refused_and_changes_nothing():
    track = RaceTrack()
    track.tell(Grow(message_bytes=CLAIM_LIMIT_BYTES, state_bytes=5))

    report = track.run()

    assert [type(failure.error) for failure in report.failures] == [FrameTooLargeError]
    assert track.record().state is None
    assert track.arrived() == []


def test_frames_that_would_not_fit_into_the_item_together_leave_as_claims():
    track = NoisyTrack()
    for _ in range(3):
        track.tell(Grow(message_bytes=LARGEST_WORD - ENVELOPE_BYTES))

    report = track.run()

    assert report.unhandled == ()
    assert len(track.claims.contents) == 1, "one frame per receiver and turn"


def record_of(state_bytes: int) -> AgentRecord:
    return AgentRecord(RUNNER, 1, state=NOISE[:state_bytes])


NOISE = noise(2 * ITEM_LIMIT_BYTES)


def largest_state() -> int:
    """Find the longest state of noise whose item still fits: packing makes its size hard to foresee."""
    fits, too_long = 0, len(NOISE)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        try:
            to_item(record_of(middle))
        except ItemTooLargeError:
            too_long = middle
        else:
            fits = middle
    return fits


def test_an_item_is_written_up_to_the_limit_and_refused_above_it_with_its_sizes():
    largest = largest_state()

    assert ITEM_LIMIT_BYTES - 8 <= size_bytes(to_item(record_of(largest))) <= ITEM_LIMIT_BYTES
    with pytest.raises(
        ItemTooLargeError, match=rf"runner/r would have {ITEM_LIMIT_BYTES // 1000}.*state has {largest + 1}"
    ):
        to_item(record_of(largest + 1))


def test_an_item_up_to_one_write_unit_stays_readable():
    runtime_bytes = len(to_item(record_of(0))["runtime"])
    readable = to_item(record_of(ITEM_PACK_OVER_BYTES - runtime_bytes))
    packed = to_item(record_of(ITEM_PACK_OVER_BYTES - runtime_bytes + 1))

    assert (readable["packed"], packed["state"], packed["runtime"]) == (b"", "", "")
    assert stored_state(packed) == NOISE[: ITEM_PACK_OVER_BYTES - runtime_bytes + 1]
    assert size_bytes(readable) <= 1024


def test_a_packed_item_that_was_cut_off_is_not_taken_for_an_agent():
    packed = to_item(record_of(5000))

    with pytest.raises(ItemFormatError, match=r"runner/r.*cut off"):
        from_item({**packed, "packed": packed["packed"][:-20]})


def test_the_limit_of_items_is_below_what_dynamodb_holds():
    assert ITEM_LIMIT_BYTES < 400 * 1024


def test_an_agent_that_would_outgrow_its_item_keeps_its_last_good_state():
    track = NoisyTrack()
    track.tell(Carry("a"))
    track.tell(Grow(state_bytes=2 * ITEM_LIMIT_BYTES))

    first, report = track.run(), track.run()

    assert (first.failures, len(first.unhandled)) == ((), 1), (
        "what fits is committed before what does not is tried alone"
    )
    assert [type(failure.error) for failure in report.failures] == [ItemTooLargeError]
    assert track.words() == ["a"]


def test_an_outbox_too_large_to_be_carried_with_what_is_new_is_carried_as_a_claim():
    track = NoisyTrack()
    track.mailboxes.deaf = {COLLECTOR}
    track.tell(Grow(message_bytes=LARGEST_WORD - ENVELOPE_BYTES))
    track.run()
    track.mailboxes.deaf = set()
    track.tell(Grow(state_bytes=360 * 1024))

    report = track.run()

    assert (report.turns.duplicates, report.commits, len(report.unhandled)) == (1, 1, 0)
    assert track.sequences() == [1]
    assert len(track.claims.contents) == 1


@pytest.mark.parametrize("version", [9, 10, 99, 10**20])
def test_numbers_are_counted_at_least_as_dynamodb_counts_them(version: int):
    digits = len(str(version))
    assert size_bytes(version) >= (digits + 1) // 2 + 1


def test_a_mark_is_forgotten_only_when_no_repeat_can_come_any_more():
    marks = {"runner/r|normal|normal": Mark(1, day_of(NOON))}

    assert still_useful(marks, NOON + REPEATS_END_AFTER) == marks
    assert still_useful(marks, NOON + REPEATS_END_AFTER + timedelta(days=1)) == {}


def test_an_agent_told_by_more_senders_than_its_item_has_room_for_evicts_the_longest_unused():
    track = RaceTrack()
    room = RUNNER_BEHAVIOR.marks_in_item
    for number in range(room + 1):
        sender = Sender(ActorId("runner", f"s-{number:02}"), "normal", 7)
        track.mailboxes.put("runner/r", encode_frame(Frame(RUNNER, (encode_message(Carry(f"{number}")),), sender)))
    while track.mailboxes.has_visible("runner"):
        track.run()

    record = track.record()
    evicted = room + 1 - len(record.marks)
    assert evicted == 1 + room // 4
    assert record.has_evicted_marks
    assert "runner/s-00|normal|normal" not in record.marks
    again = Sender(ActorId("runner", "s-00"), "normal", 7)
    track.mailboxes.put("runner/r", encode_frame(Frame(RUNNER, (encode_message(Carry("again")),), again)))
    assert track.run().turns.repeats == 1
    assert "again" not in track.words()


def test_an_encoded_message_takes_its_own_json_in_a_frame():
    message = EncodedMessage("Carried", msgspec.Raw(b'{"word":"a","number":1}'))
    assert encode_frame(Frame(COLLECTOR, (message,))) == (
        '{"to":"collector/c","messages":[{"type":"Carried","data":{"word":"a","number":1}}]}'
    )
