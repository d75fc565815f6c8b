import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import ItemFormatError, from_item, to_item
from lambdas.actors.agent_record import AgentRecord, LaneRecord, Mark
from lambdas.actors.behavior import Behavior, UnknownMessageError
from lambdas.actors.codec import (
    AmbiguousMessageError,
    BehaviorCodec,
    EncodedMessage,
    MessageFormatError,
    StateFormatError,
    UnreadableValueError,
    encode_message,
)
from lambdas.actors.frames import Frame, FrameFormatError, Sender, decode_frame, encode_frame, in_waves, route
from lambdas.actors.kind_shards import SHARDS_OF_A_KIND, kind_shard, kind_shards
from lambdas.actors.outbox import FleetEventRecord, Outbox, TaskAnswer, WakeUp
from lambdas.actors.timers import Timer
from lambdas.actors.turn import Turn
from tests.unit.actors.relay_race import COLLECTOR, RUNNER, RUNNER_BEHAVIOR, Carry, Runner


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    share: float
    at: datetime
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Everything:
    text: str
    number: int
    colour: Colour
    inner: Inner | None
    parts: tuple[Inner, ...]
    by_name: dict[str, int]


def on_everything(state: Everything, message: Everything, now: datetime) -> Turn[Everything]:
    return Turn(state)


NOTHING = Everything("", 0, Colour.RED, None, (), {})
CODEC = BehaviorCodec(Behavior("k", Everything, lambda key: NOTHING, {Everything: on_everything}))

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(2**63), 2**63 - 1)
moments = st.datetimes(timezones=st.just(UTC))
inners = st.builds(
    Inner,
    st.floats(allow_nan=False, allow_infinity=False),
    moments,
    st.timedeltas(timedelta(days=-1000), timedelta(days=1000)),
)
everything = st.builds(
    Everything,
    texts,
    numbers,
    st.just(Colour.RED),
    st.none() | inners,
    st.lists(inners).map(tuple),
    st.dictionaries(texts, numbers),
)


@given(everything)
def test_a_message_is_read_as_it_was_written(message: Everything):
    assert CODEC.decode_message(encode_message(message)) == message


@given(everything)
def test_a_state_is_read_as_it_was_written(state: Everything):
    assert CODEC.decode_state(CODEC.encode_state(state)) == state


actors = st.builds(
    ActorId,
    st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9._:/-]{1,80}", fullmatch=True),
)
messages = everything.map(encode_message)
senders = st.none() | st.builds(Sender, actors, st.sampled_from(["normal", "control"]), st.integers(1, 2**60))
frames = st.builds(Frame, actors, st.lists(messages, max_size=3).map(tuple), senders, st.none() | moments)


def plain(frame: Frame) -> object:
    return replace(frame, messages=tuple((message.type, bytes(message.data)) for message in frame.messages))  # type: ignore[misc]


@given(frames)
def test_a_frame_is_read_as_it_was_written(frame: Frame):
    assert plain(decode_frame(encode_frame(frame), frame.to)) == plain(frame)


some_agents = st.sampled_from([ActorId("runner", key) for key in "abc"])
some_senders = st.none() | st.builds(Sender, some_agents, st.sampled_from(["normal", "control"]), st.just(1))


@given(st.lists(st.builds(Frame, some_agents, st.just(()), some_senders), max_size=20))
def test_waves_hold_every_frame_once_and_keep_each_route_in_order(repeated: list[Frame]):
    waves = in_waves(repeated)

    order = [place for wave in waves for place in wave]
    assert sorted(order) == list(range(len(repeated)))
    assert all(len({route(repeated[place]) for place in wave}) == len(wave) for wave in waves)
    for path in {route(frame) for frame in repeated}:
        of_path = [place for place in order if route(repeated[place]) == path]
        assert of_path == sorted(of_path)


def test_frames_of_many_senders_to_one_agent_share_a_wave():
    frames = [Frame(COLLECTOR, (), Sender(ActorId("runner", str(number)), "normal", 1)) for number in range(10)]

    assert in_waves(frames) == [list(range(10))]


lanes = st.builds(
    LaneRecord,
    texts,
    st.integers(0, 10**38),
    st.integers(0, 2**53),
    st.builds(
        lambda frames, due, events, answers: Outbox(
            frames=tuple(frames),
            wake_ups=tuple(WakeUp(RUNNER, moment) for moment in due),
            events=tuple(events),
            answers=tuple(answers),
        ),
        st.lists(frames, max_size=2),
        st.lists(moments, max_size=2),
        st.lists(st.builds(FleetEventRecord, texts, texts, texts), max_size=2),
        st.lists(st.builds(TaskAnswer, texts, texts), max_size=2),
    ),
)
records = st.builds(
    AgentRecord,
    agent=st.just(RUNNER),
    version=st.integers(1, 2**53),
    schema=st.integers(1, 9),
    state=texts.filter(bool),
    lanes=st.dictionaries(st.sampled_from(["normal", "control"]), lanes),
    marks=st.dictionaries(texts, st.builds(Mark, st.integers(0, 2**53), st.integers(0, 2**20))),
    timers=st.dictionaries(texts, st.builds(Timer, moments, st.integers(1, 2**53), messages, st.none(), st.just(0))),
    hinted=st.none() | moments,
    committed_by=texts,
    listed=st.dictionaries(texts, texts),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records)
def test_a_record_is_read_from_its_item_as_it_was_written(record: AgentRecord):
    item = to_item(record)

    again = from_item(item)

    assert to_item(again) == item
    assert (again.version, again.state, again.hinted, again.listed) == (
        record.version,
        record.state,
        record.hinted,
        record.listed,
    )
    assert again.lanes.keys() == record.lanes.keys()
    assert again.marks == record.marks
    assert {name: (timer.due, timer.generation) for name, timer in again.timers.items()} == {
        name: (timer.due, timer.generation) for name, timer in record.timers.items()
    }


@given(st.dictionaries(st.sampled_from(list(to_item(AgentRecord(RUNNER)))), st.none() | st.integers() | st.text()))
def test_a_broken_item_is_named_and_never_half_read(changes: dict[str, object]):
    item = {**to_item(AgentRecord(RUNNER, 1, state="{}")), **changes}
    try:
        record = from_item(item)
    except ItemFormatError:
        return
    assert isinstance(record, AgentRecord)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_know_is_refused_where_it_is_written(value: float):
    with pytest.raises(UnreadableValueError, match="Inner"):
        encode_message(Inner(value, datetime(2026, 1, 1, tzinfo=UTC), timedelta()))


def test_half_a_character_is_refused_where_it_is_written():
    with pytest.raises(UnreadableValueError, match="Carry"):
        encode_message(Carry("\ud800"))


def test_a_state_of_another_type_than_its_kind_is_refused():
    with pytest.raises(UnreadableValueError):
        BehaviorCodec(RUNNER_BEHAVIOR).encode_state({"key": 7})


def test_a_message_is_named_by_its_class():
    assert encode_message(Carry("a")).type == "Carry"


def test_a_message_without_reaction_is_named():
    with pytest.raises(UnknownMessageError, match="'runner' has no reaction for 'Everything'"):
        BehaviorCodec(RUNNER_BEHAVIOR).decode_message(EncodedMessage("Everything", msgspec.Raw(b"{}")))


def test_data_that_does_not_fit_its_message_names_the_field():
    with pytest.raises(MessageFormatError, match=r"Carry for agent kind 'runner' does not fit.*word"):
        BehaviorCodec(RUNNER_BEHAVIOR).decode_message(EncodedMessage("Carry", msgspec.Raw(b"{}")))


def test_fields_that_newer_senders_add_are_passed_over():
    encoded = EncodedMessage("Carry", msgspec.Raw(b'{"word":"a","added_later":1}'))

    assert BehaviorCodec(RUNNER_BEHAVIOR).decode_message(encoded) == Carry("a")


def test_fields_that_older_states_lack_take_their_defaults():
    assert BehaviorCodec(RUNNER_BEHAVIOR).decode_state('{"key":"r"}') == Runner("r")


def test_a_state_that_does_not_fit_names_the_kind():
    with pytest.raises(StateFormatError, match="'runner'"):
        BehaviorCodec(RUNNER_BEHAVIOR).decode_state('{"words":1}')


def test_two_messages_of_one_name_are_refused():
    twin = type("Carry", (), {})
    behavior = Behavior("k", Everything, lambda key: NOTHING, {Carry: on_everything, twin: on_everything})

    with pytest.raises(AmbiguousMessageError, match="'Carry'"):
        BehaviorCodec(behavior)


def test_a_frame_names_its_sender_whole_or_not_at_all():
    with pytest.raises(FrameFormatError, match="lane and its seq"):
        decode_frame('{"to":"runner/r","messages":[],"from":"runner/o","seq":1}', RUNNER)


def test_a_wake_up_is_an_empty_frame():
    assert encode_frame(Frame(RUNNER, ())) == '{"to":"runner/r","messages":[]}'


def test_an_agent_is_listed_in_a_shard_of_its_kind():
    shards = {kind_shard(ActorId("device", f"d-{number}")) for number in range(200)}

    assert shards == set(kind_shards("device"))
    assert len(shards) == SHARDS_OF_A_KIND
    assert kind_shard(ActorId("device", "d-1")) == "device#03"
