"""What a journal entry holds: when the state is stored, and what names it."""

import zlib
from datetime import UTC, datetime

import msgspec
import pytest

from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import to_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.journal import (
    SMALL_STATE_BYTES,
    SNAPSHOT_EVERY,
    JournalContent,
    digest_of,
    entry_of,
    keeps_state,
    pack_content,
    unpack_content,
)
from lambdas.actors.json_difference import Difference, first_difference
from lambdas.actors.turn_inputs import TURN_INPUTS_LIMIT_BYTES, Told, TurnInputs, recordable
from tests.unit.actors.recorded_life import NOON, incompressible

DEVICE = ActorId("device", "d-1")
TURN = TurnInputs(NOON, "normal", (Told("DeviceHeard", msgspec.Raw(b'{"at":1}')),))
LARGE_STATE = msgspec.json.encode({"log": incompressible(3000)}).decode()


def test_an_entry_is_made_of_the_item_as_committed():
    item = to_item(AgentRecord(DEVICE, 7, 2, '{"ring":"canary"}', committed_by="run-1", turn=TURN))

    entry = entry_of(item, datetime(2026, 11, 20, 12, 1, tzinfo=UTC))

    assert (entry.agent, entry.version, entry.schema, entry.committed_by) == (DEVICE, 7, 2, "run-1")
    assert (entry.digest, entry.state_bytes) == (digest_of('{"ring":"canary"}'), 17)
    assert (entry.state, entry.turn, entry.is_whole) == ('{"ring":"canary"}', TURN, True)


def test_an_item_that_is_packed_makes_the_same_entry():
    item = to_item(AgentRecord(DEVICE, 7, state=LARGE_STATE, turn=TURN))
    assert item["packed"]

    entry = entry_of(item, NOON)

    assert (entry.digest, entry.state, entry.turn) == (digest_of(LARGE_STATE), None, TURN)


def test_a_large_state_is_stored_at_every_twentieth_version_only():
    stored = [version for version in range(1, 61) if keeps_state(version, TURN, LARGE_STATE)]

    assert stored == [SNAPSHOT_EVERY, 2 * SNAPSHOT_EVERY, 3 * SNAPSHOT_EVERY]


def test_a_large_state_is_stored_when_its_schema_changed_or_its_inputs_are_missing():
    assert keeps_state(7, None, LARGE_STATE)
    assert keeps_state(7, TurnInputs(NOON, "normal", upcast_from=1), LARGE_STATE)


def test_a_state_is_small_up_to_its_limit_when_compressed():
    def compressed(length: int) -> int:
        return len(zlib.compress(incompressible(length).encode()))

    longest = max(length for length in range(100, 2000) if compressed(length) <= SMALL_STATE_BYTES)

    assert keeps_state(7, TURN, incompressible(longest))
    assert not keeps_state(7, TURN, incompressible(longest + 16))


def test_inputs_are_recorded_up_to_their_limit():
    def turn(length: int) -> TurnInputs:
        return TurnInputs(NOON, "normal", (Told("Note", msgspec.Raw(b'"' + b"a" * length + b'"')),))

    frame = len(msgspec.json.encode(turn(0)))
    largest = turn(TURN_INPUTS_LIMIT_BYTES - frame)

    assert recordable(largest) is largest
    assert recordable(turn(TURN_INPUTS_LIMIT_BYTES - frame + 1)) is None


def test_content_is_read_as_it_was_packed():
    entry = entry_of(to_item(AgentRecord(DEVICE, 20, state=LARGE_STATE, turn=TURN)), NOON)

    assert unpack_content(pack_content(entry)) == JournalContent(TURN, LARGE_STATE)


@pytest.mark.parametrize("broken", [b"", b"nonsense", zlib.compress(b"{"), zlib.compress(b'{"turn": 1}')])
def test_content_that_is_broken_is_refused(broken: bytes):
    with pytest.raises(ValueError, match="cannot be read"):
        unpack_content(broken)


@pytest.mark.parametrize(
    ("left", "right", "difference"),
    [
        ('{"a":1}', '{"a":1}', None),
        ('{"a":1}', '{"a":2}', Difference("$.a", "1", "2")),
        ('{"a":{"b":[1,{"c":null}]}}', '{"a":{"b":[1,{"c":0}]}}', Difference("$.a.b[1].c", "null", "0")),
        ('{"a":[1]}', '{"a":[1,2]}', Difference("$.a[1]", None, "2")),
        ('{"a":1,"b":2}', '{"a":1}', Difference("$.b", "2", None)),
        ('{"a":null}', "{}", Difference("$.a", "null", None)),
        ('{"a":1}', '{"a":1.0}', Difference("$.a", "1", "1.0")),
        ('{"a":1}', '{"a":true}', Difference("$.a", "1", "true")),
        ('{"a":1,"b":2}', '{"b":2,"a":1}', Difference("$", '{"a":1,"b":2}', '{"b":2,"a":1}')),
        ("{}", "[]", Difference("$", "{}", "[]")),
    ],
)
def test_the_first_difference_of_two_documents_is_named_by_its_path(
    left: str, right: str, difference: Difference | None
):
    assert first_difference(left, right) == difference
