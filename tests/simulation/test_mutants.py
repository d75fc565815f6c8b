"""Mutants: the runtime without one of its rules. The simulation must catch each, or it proves nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lambdas.actors import closing, due, group_run, marks, repeats, timers, turn_loop, turn_run
from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem
from lambdas.actors.agent_record import AgentRecord, InHand
from lambdas.actors.answers import EncodedAnswer
from lambdas.actors.draft import Draft
from lambdas.actors.flush import Flush
from lambdas.actors.frames import Frame
from lambdas.actors.group_run import GroupRun, ReadGroup
from lambdas.actors.outbox import Outbox
from lambdas.actors.ports import CommitOutcome
from lambdas.actors.turn_loop import TurnLoop
from lambdas.aws import sqs_mailbox_sender
from tests.simulation.course import Course, FixedCourse
from tests.simulation.faults import CallKind, Fault
from tests.simulation.invocations import Invocation
from tests.simulation.limits import lowered_limits
from tests.simulation.messages import Do, Op, Step
from tests.simulation.schedule import drain
from tests.simulation.seeds import NewWorld, run_seed
from tests.simulation.stores import Items, Promises
from tests.simulation.world import World

SEEDS = 400
"""Within so many seeds each mutant must be caught; most are within ten."""

LEAVING = frozenset(CallKind) - {
    CallKind.LOAD,
    CallKind.COMMIT,
    CallKind.CLAIMS_PUT,
    CallKind.CLAIMS_GET,
    CallKind.MARKS_READ,
    CallKind.ACKNOWLEDGE,
}


def is_caught(*stories: str, new_world: NewWorld = World) -> bool:
    """Search seeds for a run that breaks an invariant."""
    return any(run_seed(seed, stories=stories, new_world=new_world).error for seed in range(SEEDS))


def is_whole_after_two_turns(course: Course) -> bool:
    """Have an agent tell another something in each of two turns, of which the second carries what the first left."""
    world = World(course)
    for uid in ("c1", "c2"):
        world.tell("parks/a", Do(uid, (Step(Op.TELL, "parks/b"),)))
        if uid == "c1":
            world.expire(world.invoke("parks", 1).delivery)
    with lowered_limits():
        drain(world, [])
    return world.ledger.messages["c1.0@1"].applied == 1


def with_loop(loop_type: type[TurnLoop[Any]]) -> NewWorld:
    return lambda course: World(course, loop_type=loop_type)


def replace_record(monkeypatch: pytest.MonkeyPatch, change: Callable[[AgentRecord], AgentRecord]) -> None:
    """Have the turn loop see other records than are stored."""
    original = turn_loop._record
    monkeypatch.setattr(turn_loop, "_record", lambda agent, item: change(original(agent, item)))


def replace_repeats(monkeypatch: pytest.MonkeyPatch, judge: Callable[[Draft[Any], Frame, bool], bool]) -> None:
    """Have the turn loop judge otherwise what it takes for a repeat."""
    original = turn_run.is_repeat
    monkeypatch.setattr(turn_run, "is_repeat", lambda draft, frame: judge(draft, frame, original(draft, frame)))


def test_mutant_that_acknowledges_before_it_flushes_is_caught():
    class AckBeforeFlush(World):
        def at_call(self, invocation: Invocation, call: CallKind) -> Fault:
            if call in LEAVING:
                self.acknowledge(invocation, [record.message_id for record in invocation.records])
            return super().at_call(invocation, call)

    assert is_caught("chain", new_world=AckBeforeFlush)


def test_mutant_that_flushes_before_it_commits_is_caught():
    class FlushBeforeCommit(TurnLoop[Any]):
        def _commit(self, runs: Mapping[ActorId, GroupRun]) -> Mapping[ActorId, CommitOutcome]:
            Flush({agent: run.outbox for agent, run in runs.items()}, self._ports.flush).run(None)  # type: ignore[arg-type]
            return super()._commit(runs)

    assert is_caught("chain", new_world=with_loop(FlushBeforeCommit))


def test_mutant_that_acknowledges_a_redelivery_without_flushing_again_is_caught(monkeypatch: pytest.MonkeyPatch):
    original = group_run.run_group

    def without_reflush(*arguments: Any) -> GroupRun:
        run = original(*arguments)
        return run if run.next_item is not None else replace(run, outbox=Outbox())

    monkeypatch.setattr(turn_loop, "run_group", without_reflush)
    assert is_caught("chain")


def test_mutant_that_overwrites_a_carried_outbox_is_caught(monkeypatch: pytest.MonkeyPatch):
    original = group_run.read_group

    def without_carry(*arguments: Any) -> ReadGroup:
        read = original(*arguments)
        return replace(read, carried=Outbox()) if read.fresh else read

    monkeypatch.setattr(turn_loop, "read_group", without_carry)
    assert is_caught("chain")


def test_mutant_that_does_not_carry_for_a_message_in_hand_is_caught(monkeypatch: pytest.MonkeyPatch):
    original = group_run.read_group

    def carries_for_duplicates_only(*arguments: Any) -> ReadGroup:
        read = original(*arguments)
        return read if read.duplicates else replace(read, carried=Outbox())

    monkeypatch.setattr(turn_loop, "read_group", carries_for_duplicates_only)
    assert is_caught("poison", "chain")


def test_mutant_without_version_fence_is_caught():
    class Unfenced(Items):
        def is_fenced(self, version: int, item: AgentItem) -> bool:
            return False

    assert is_caught("chain", new_world=lambda course: World(course, items_type=Unfenced))


def test_mutant_without_marks_of_senders_is_caught(monkeypatch: pytest.MonkeyPatch):
    replace_repeats(monkeypatch, lambda draft, frame, is_repeat: is_repeat and frame.sender is None)
    assert is_caught("chain")


def test_mutant_with_one_mark_for_all_lanes_of_a_sender_is_caught(monkeypatch: pytest.MonkeyPatch):
    def by_sender_only(sender: Any, receiving_lane: str) -> str:
        return str(sender.agent)

    for module in (marks, repeats):
        monkeypatch.setattr(module, "mark_key", by_sender_only)
    assert is_caught("chain")


def test_mutant_that_ignores_evicted_marks_is_caught(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(group_run, "names_to_look_up", lambda *_: iter(()))
    assert is_caught("fan_in")


def test_mutant_that_forgets_marks_still_on_their_way_out_is_caught(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(group_run, "known_elsewhere", lambda record: {})
    assert is_caught("fan_in")


def test_mutant_without_sequence_numbers_of_the_mailbox_is_caught(monkeypatch: pytest.MonkeyPatch):
    def forgetful(record: AgentRecord) -> AgentRecord:
        return replace(record, lanes={name: replace(lane, handled=0) for name, lane in record.lanes.items()})

    replace_record(monkeypatch, forgetful)
    assert is_caught("chain")


def test_mutant_that_ignores_progress_inside_a_frame_is_caught(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turn_run.TurnRun, "_in_hand", lambda run, arrival: InHand(arrival.message.sequence_number, 0))
    assert is_caught("poison")


def test_mutant_that_takes_held_messages_in_any_order_is_caught(monkeypatch: pytest.MonkeyPatch):
    replace_repeats(monkeypatch, lambda draft, frame, is_repeat: is_repeat and frame.replays is None)
    assert is_caught("operators")


def test_mutant_that_writes_letters_before_it_commits_is_caught():
    class LettersFirst(TurnLoop[Any]):
        def _commit(self, runs: Mapping[ActorId, GroupRun]) -> Mapping[ActorId, CommitOutcome]:
            letters = [letter for run in runs.values() for letter in run.outbox.letters]
            if letters:
                self._ports.flush.letters.park(letters)
            return super()._commit(runs)

    assert is_caught("poison", new_world=with_loop(LettersFirst))


def test_mutant_that_keeps_claims_after_the_commit_is_caught():
    class ClaimsLast(TurnLoop[Any]):
        def _commit(self, runs: Mapping[ActorId, GroupRun]) -> Mapping[ActorId, CommitOutcome]:
            outcomes = super()._commit({agent: replace(run, claims={}) for agent, run in runs.items()})
            for run in runs.values():
                if run.claims:
                    self._ports.claims.put(run.claims)  # type: ignore[arg-type]
            return outcomes

    assert is_caught("large", new_world=with_loop(ClaimsLast))


def test_mutant_that_lets_a_later_outcome_of_a_promise_win_is_caught():
    class LastOutcomeWins(Promises):
        def settle(self, promise_id: str, answer: EncodedAnswer) -> None:
            self._give(self.made[promise_id], answer)

    assert is_caught("promises", new_world=lambda course: World(course, promises=LastOutcomeWins()))


def test_mutant_that_ignores_keys_of_requests_is_caught(monkeypatch: pytest.MonkeyPatch):
    replace_repeats(monkeypatch, lambda draft, frame, is_repeat: is_repeat and frame.request is None)
    assert is_caught("requests")


def test_mutant_that_handles_expired_messages_is_caught(monkeypatch: pytest.MonkeyPatch):
    original = turn_run.TurnRun._apply

    def ageless(run: Any, frame: Any, place: int, message: Any) -> None:
        kept = type(message)(message.type, message.data, message.reply_to)
        original(run, frame, place, kept)

    monkeypatch.setattr(turn_run.TurnRun, "_apply", ageless)
    assert is_caught("expiring")


def test_mutant_that_drops_messages_before_they_expire_is_caught(monkeypatch: pytest.MonkeyPatch):
    original = turn_run.TurnRun._apply

    def hasty(run: Any, frame: Any, place: int, message: Any) -> None:
        expires = message.expires and message.expires - timedelta(hours=1)
        original(run, frame, place, type(message)(message.type, message.data, message.reply_to, expires))

    monkeypatch.setattr(turn_run.TurnRun, "_apply", hasty)
    assert is_caught("expiring")


def test_mutant_that_fires_reminders_early_is_caught(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        due, "due_timers", lambda set_timers, now: timers.due_timers(set_timers, now + timedelta(seconds=60))
    )
    assert is_caught("reminders")


def test_mutant_that_never_asks_to_be_woken_is_caught(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(closing, "next_hint", lambda due, hinted: None)
    assert is_caught("reminders")


def test_mutant_that_sends_carried_and_new_frames_in_one_wave_is_caught(monkeypatch: pytest.MonkeyPatch):
    def one_wave(frames: Sequence[Frame]) -> list[list[int]]:
        return [list(range(len(frames)))]

    carried_and_new = FixedCourse({2: Fault.CRASH_BEFORE, 5: Fault.PARTIAL})
    assert is_whole_after_two_turns(carried_and_new)
    assert [fired.call for fired in carried_and_new.fired] == [CallKind.SEND, CallKind.SEND]

    monkeypatch.setattr(sqs_mailbox_sender, "in_waves", one_wave)
    assert not is_whole_after_two_turns(FixedCourse({2: Fault.CRASH_BEFORE, 5: Fault.PARTIAL}))


def test_mutant_that_keeps_something_from_one_invocation_to_the_next_is_caught():
    class Leaking(TurnLoop[Any]):
        def handle(self, messages: Any, *arguments: Any, **named: Any) -> Any:
            held: Collection[Any] = getattr(self, "_held", ())
            self._held = messages
            report = super().handle(messages, *arguments, **named)
            return replace(report, unhandled=(*report.unhandled, *(one.message_id for one in held)))

    def leaking_world(course: Course) -> World:
        return World(course, loop_type=Leaking, rehearsed_share=1.0)

    assert is_caught("chain", new_world=leaking_world)
