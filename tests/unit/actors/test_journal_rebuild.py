"""Rebuilding: the same inputs make the same state, and what does not is named."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import pytest

from lambdas.actors.answers import EncodedAnswer, Outcome
from lambdas.actors.behavior import Behavior
from lambdas.actors.claims import claim_of
from lambdas.actors.codec import encode_message
from lambdas.actors.journal import claims_named
from lambdas.actors.journal_rebuild import Diverged, Incomplete, Rebuilt, rebuild
from lambdas.actors.turn import Turn
from lambdas.actors.turn_inputs import Answered, Begun, TimerDue, told_by_claim
from tests.unit.actors.recorded_life import (
    BEHAVIOR,
    COUNTER,
    Count,
    Counter,
    Note,
    RecordedLife,
    Total,
    altered,
    incompressible,
    on_count,
    told,
    without_state,
)


def a_life(turns: int = 6) -> RecordedLife:
    life = RecordedLife()
    for number in range(turns):
        life.turn(told(Count(number)), told(Note(f"note {number}")))
    return life


def a_life_with_digests(turns: int = 25) -> RecordedLife:
    """A life whose state is too large to be stored with every version."""
    life = RecordedLife()
    life.turn(told(Note(incompressible(4000))))
    for number in range(turns - 1):
        life.turn(told(Count(number)))
    return life


def test_every_version_is_rebuilt_bit_for_bit_from_the_initial_state():
    life = a_life()

    for entry in life.entries:
        bare = [without_state(one) for one in life.entries]
        outcome = rebuild(BEHAVIOR, COUNTER, bare, entry.version)
        assert outcome == Rebuilt(entry.version, entry.state or "", 0, entry.version, is_compared=True)


def test_a_rebuild_begins_at_the_stored_state_it_is_given_and_runs_the_turns_after_it():
    life = a_life()

    outcome = rebuild(BEHAVIOR, COUNTER, life.entries[3:], 6)

    assert outcome == Rebuilt(6, life.state, 4, 2, is_compared=True)


def test_timers_answers_and_new_incarnations_are_run_again_at_their_time():
    life = RecordedLife()
    timer = encode_message(Count(7))
    reply = encode_message(Total(40))
    life.turn(TimerDue("tick", timer.type, timer.data))
    life.turn(Answered("on_total", EncodedAnswer(Outcome.REPLIED, reply.type, reply.data)), told(Count(2)))
    life.turn(Answered("on_total", EncodedAnswer(Outcome.TIMED_OUT)))
    life.turn(Answered("on_total", EncodedAnswer(Outcome.REJECTED, reason="no")))
    life.turn(Begun(1), told(Count(1)))
    bare = [without_state(one) for one in life.entries]

    rebuilt = [rebuild(BEHAVIOR, COUNTER, bare, version) for version in (3, 4, 5)]

    states = [msgspec.json.decode(one.state, type=Counter) for one in rebuilt if isinstance(one, Rebuilt)]
    assert [(state.total, state.notes) for state in states] == [
        (42, ("TimedOut",)),
        (42, ("TimedOut", "Rejected")),
        (1, ()),
    ]


def test_a_turn_that_handled_nothing_keeps_the_state():
    life = a_life(2)
    life.turn()

    assert rebuild(BEHAVIOR, COUNTER, [without_state(one) for one in life.entries], 3) == Rebuilt(
        3, life.state, 0, 3, is_compared=True
    )


def test_messages_of_a_claim_are_fetched_by_their_places():
    life = RecordedLife()
    messages = [encode_message(Count(number)) for number in (1, 10, 100, 1000)]
    content = msgspec.json.encode(messages)
    claim = claim_of(content)
    life.contents[claim.sha256] = messages
    life.turn(told_by_claim(claim, 1, messages[1:3]))
    bare = [without_state(one) for one in life.entries]

    assert claims_named(bare) == {claim}
    assert rebuild(BEHAVIOR, COUNTER, bare, 1, {claim: content}) == Rebuilt(1, life.state, 0, 1, is_compared=True)
    assert msgspec.json.decode(life.state, type=Counter).total == 110
    gone = rebuild(BEHAVIOR, COUNTER, bare, 1)
    assert isinstance(gone, Incomplete)
    assert "is gone" in gone.reason
    wrong = rebuild(BEHAVIOR, COUNTER, bare, 1, {claim: content + b" "})
    assert isinstance(wrong, Incomplete)
    assert "was altered" in wrong.reason


def test_a_stored_state_altered_by_hand_diverges_at_its_version_with_the_field_and_both_values():
    life = a_life()
    life.entries[3] = altered(life.entries[3], total=999)

    outcome = rebuild(BEHAVIOR, COUNTER, life.entries, 4)

    assert isinstance(outcome, Diverged)
    assert (outcome.version, outcome.path, outcome.committed, outcome.rebuilt) == (4, "$.total", "999", "6")
    assert "was altered" in outcome.reason


def test_an_altered_stored_state_is_not_where_a_rebuild_begins():
    life = a_life()
    life.entries[3] = altered(life.entries[3], total=999)

    assert isinstance(rebuild(BEHAVIOR, COUNTER, life.entries[3:], 6), Incomplete)
    assert isinstance(rebuild(BEHAVIOR, COUNTER, life.entries, 6), Diverged)


def test_an_altered_digest_diverges_at_its_version():
    life = a_life_with_digests()
    life.entries[4] = replace(life.entries[4], digest="0" * 64)

    outcome = rebuild(BEHAVIOR, COUNTER, life.entries[:19], 10)

    assert isinstance(outcome, Diverged)
    assert (outcome.version, outcome.path) == (5, None)


def test_altered_inputs_diverge_at_their_version_and_the_field_is_seen_at_the_next_stored_state():
    life = a_life_with_digests()
    turn = life.entries[4].turn
    assert turn is not None
    life.entries[4] = replace(life.entries[4], turn=msgspec.structs.replace(turn, inputs=(told(Count(50)),)))

    outcome = rebuild(BEHAVIOR, COUNTER, life.entries, 10)

    assert isinstance(outcome, Diverged)
    assert (outcome.version, outcome.path, outcome.seen_at) == (5, "$.total", 20)
    assert (outcome.committed, outcome.rebuilt) == ("171", "218")


def test_code_that_reacts_otherwise_than_then_is_named_as_divergence():
    life = a_life()

    def doubling(counter: Counter, count: Any, now: datetime) -> Turn[Counter]:
        return on_count(counter, Count(2 * count.by), now)

    changed = replace(BEHAVIOR, reactions={**BEHAVIOR.reactions, Count: doubling})

    outcome = rebuild(changed, COUNTER, life.entries, 6)

    assert isinstance(outcome, Diverged)
    assert (outcome.version, outcome.path, outcome.committed, outcome.rebuilt) == (2, "$.total", "1", "2")


def test_a_reaction_that_raises_now_and_did_not_then_is_a_divergence():
    life = a_life()

    outcome = rebuild(replace(BEHAVIOR, reactions={Count: on_count}), COUNTER, life.entries, 6)

    assert isinstance(outcome, Diverged)
    assert (outcome.version, outcome.path) == (2, None)
    assert "raised UnknownMessageError" in outcome.reason


@pytest.mark.parametrize(("kept", "missing"), [((0, 1, 3), 3), ((2, 3), 2), ((0, 1), 3), ((), 4)])
def test_a_hole_in_the_journal_is_named(kept: tuple[int, ...], missing: int):
    life = a_life()
    entries = [without_state(life.entries[place]) for place in kept]

    outcome = rebuild(BEHAVIOR, COUNTER, entries, 4)

    assert isinstance(outcome, Incomplete)
    assert outcome.version == missing


def test_a_turn_recorded_without_its_inputs_is_taken_as_committed():
    life = a_life(2)
    large = life.turn(told(Note("much")), is_recorded=False)
    life.turn(told(Count(1)))

    assert rebuild(BEHAVIOR, COUNTER, life.entries[1:], 3) == Rebuilt(3, large.state or "", 2, 1, is_compared=True)
    lost = rebuild(BEHAVIOR, COUNTER, [*life.entries[:2], without_state(large), life.entries[3]], 4)
    assert lost == Incomplete(3, "what version 3 was made of is gone or altered")


@dataclass(frozen=True, slots=True)
class NewCounter:
    name: str
    sum: int = 0
    counted_at: datetime | None = None
    notes: tuple[str, ...] = ()


def on_count_of_2(counter: NewCounter, count: Count, now: datetime) -> Turn[NewCounter]:
    return Turn(replace(counter, sum=counter.sum + count.by, counted_at=now))


def on_note_of_2(counter: NewCounter, note: Note, _now: datetime) -> Turn[NewCounter]:
    return Turn(replace(counter, notes=(*counter.notes, note.text)))


def renamed(state: dict[str, Any]) -> dict[str, Any]:
    total = state.pop("total")
    return {"name": state.pop("name"), "sum": total, **state}


BEHAVIOR_2: Behavior[NewCounter] = Behavior(
    kind="counter",
    state_type=NewCounter,
    initial_state=NewCounter,
    reactions={Count: on_count_of_2, Note: on_note_of_2},
    schema=2,
    upcasts={1: renamed},
)


def test_versions_of_an_older_schema_are_compared_as_they_would_be_upcast():
    life = a_life()

    outcome = rebuild(BEHAVIOR_2, COUNTER, life.entries, 6)

    assert isinstance(outcome, Rebuilt)
    assert outcome.is_compared
    assert msgspec.json.decode(outcome.state, type=NewCounter).sum == 15


def test_a_version_of_an_older_schema_that_left_only_its_digest_is_rebuilt_but_not_compared():
    life = a_life()

    outcome = rebuild(BEHAVIOR_2, COUNTER, [without_state(one) for one in life.entries], 6)

    assert isinstance(outcome, Rebuilt)
    assert not outcome.is_compared


def test_a_version_of_a_newer_schema_wants_newer_code():
    life = a_life(2)
    life.entries[1] = replace(life.entries[1], schema=2)

    outcome = rebuild(BEHAVIOR, COUNTER, life.entries, 2)

    assert isinstance(outcome, Incomplete)
    assert "deploy newer code" in outcome.reason
