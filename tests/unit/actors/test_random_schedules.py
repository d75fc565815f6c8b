"""Random schedules of crashes, lost answers, partial calls, redeliveries and zombies; and mutants that they must kill.

Each mutant is the protocol without one of its rules. A mutant that survives would mean that these tests prove nothing.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.actors import group_run, turn_loop, turn_run
from lambdas.actors.actor_id import ActorId
from lambdas.actors.agent_item import AgentItem, from_item
from lambdas.actors.agent_record import AgentRecord
from lambdas.actors.flush import Flush
from lambdas.actors.frames import Frame
from lambdas.actors.group_run import GroupRun, ReadGroup
from lambdas.actors.in_memory.state_store import InMemoryStateStore
from lambdas.actors.marks import mark_key
from lambdas.actors.outbox import Outbox
from lambdas.actors.ports import CommitOutcome, CommitStatus
from lambdas.actors.turn_loop import TurnLoop
from lambdas.aws import sqs_mailbox_sender
from tests.unit.actors.schedules import run_schedule
from tests.unit.actors.simulation import RUNNERS, Fault, Invocation, World

SEEDS = 100
SEEDS_FOR_A_MUTANT = 1000


@settings(max_examples=SEEDS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(choices=st.lists(st.integers(0, 2**16), max_size=120))
def test_every_word_arrives_once_and_in_order_whatever_goes_wrong(choices: list[int]):
    left = iter(choices)

    run_schedule(World(), lambda possibilities: next(left, 0) % possibilities)


def violation(new_world: Callable[[], World]) -> str | None:
    """Search random schedules for one that breaks an invariant."""
    for seed in range(SEEDS_FOR_A_MUTANT):
        choose = random.Random(seed).randrange
        try:
            run_schedule(new_world(), choose)
        except AssertionError as error:
            return f"seed {seed}: {error}"
    return None


def test_random_schedules_go_through_crashes_zombies_and_redeliveries():
    worlds = [World() for _ in range(50)]

    for seed, world in enumerate(worlds):
        run_schedule(world, random.Random(seed).randrange)

    reports = [report for world in worlds for report in world.reports]
    assert sum(report.turns.duplicates for report in reports) > 50
    assert sum(report.turns.repeats for report in reports) > 10
    assert sum(report.redone for report in reports) > 5


def test_mutant_that_acknowledges_before_it_flushes_is_killed():
    class AckBeforeFlush(World):
        def handle(self, invocation: Invocation) -> Any:
            original = invocation.outside

            def outside(name: str, do: Callable[[], Any], do_partly: Callable[[], Any] | None = None) -> Any:
                if name == "send":
                    self.acknowledge(invocation.delivery, ())
                return original(name, do, do_partly)

            invocation.outside = outside  # type: ignore[method-assign]
            try:
                return super().handle(invocation)
            finally:
                invocation.outside = original  # type: ignore[method-assign]

    assert violation(AckBeforeFlush)


def test_mutant_that_flushes_before_it_commits_is_killed():
    class FlushBeforeCommit(TurnLoop[Any]):
        def _commit(self, runs: Mapping[ActorId, GroupRun]) -> Mapping[ActorId, CommitOutcome]:
            Flush({agent: run.outbox for agent, run in runs.items()}, self._ports.flush).run(None)  # type: ignore[arg-type]
            return super()._commit(runs)

    assert violation(lambda: World(loop_type=FlushBeforeCommit))


def test_mutant_without_version_fence_is_killed():
    class Unfenced(InMemoryStateStore):
        def commit(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
            for item in items:
                self.items[ActorId.parse(item["agent"])] = item
            return {ActorId.parse(item["agent"]): CommitOutcome(CommitStatus.COMMITTED) for item in items}

    assert violation(lambda: World(store=Unfenced()))


def test_mutant_that_acknowledges_a_redelivery_without_flushing_again_is_killed(monkeypatch: pytest.MonkeyPatch):
    original = group_run.run_group

    def without_reflush(*arguments: Any) -> GroupRun:
        run = original(*arguments)
        return run if run.next_item is not None else replace(run, outbox=Outbox())

    monkeypatch.setattr("lambdas.actors.turn_loop.run_group", without_reflush)
    assert violation(World)


def test_mutant_that_overwrites_a_carried_outbox_is_killed(monkeypatch: pytest.MonkeyPatch):
    original = group_run.read_group

    def without_carry(*arguments: Any) -> ReadGroup:
        read = original(*arguments)
        return replace(read, carried=Outbox()) if read.fresh else read

    monkeypatch.setattr(turn_loop, "read_group", without_carry)
    assert violation(World)


def test_mutant_without_marks_of_senders_is_killed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turn_run, "is_repeat", lambda *_: False)
    assert violation(World)


def test_mutant_that_knows_a_sender_only_by_its_last_frame_is_killed(monkeypatch: pytest.MonkeyPatch):
    def is_last(draft: Any, frame: Frame) -> bool:
        if frame.sender is None:
            return False
        mark = draft.marks.get(mark_key(frame.sender, "normal"))
        return mark is not None and mark.sequence == frame.sender.sequence

    monkeypatch.setattr(turn_run, "is_repeat", is_last)
    assert violation(World)


def test_mutant_without_sequence_numbers_of_the_mailbox_is_killed(monkeypatch: pytest.MonkeyPatch):
    def forgetful(item: AgentItem) -> AgentRecord:
        record = from_item(item)
        return replace(record, lanes={name: replace(lane, handled=0) for name, lane in record.lanes.items()})

    monkeypatch.setattr(turn_loop, "from_item", forgetful)
    assert violation(World)


def test_mutant_that_sends_carried_and_new_frames_in_one_wave_is_killed(monkeypatch: pytest.MonkeyPatch):
    def one_wave(frames: Sequence[Frame]) -> list[list[int]]:
        return [list(range(len(frames)))]

    carry_sent_in_part()
    monkeypatch.setattr(sqs_mailbox_sender, "in_waves", one_wave)
    with pytest.raises(AssertionError, match="arrived"):
        carry_sent_in_part()


def carry_sent_in_part() -> None:
    """Commit a word, crash before it is sent, and let the first entry fail when it is sent with the next word."""
    world = World()
    world.tell(RUNNERS[0], "a")
    first = world.start("runner", 1)
    for fault in (Fault.NONE, Fault.NONE, Fault.CRASH_BEFORE):
        first.step(fault)
    world.expire(first.delivery)
    world.tell(RUNNERS[0], "b")
    second = world.start("runner", 2)
    for fault in (Fault.NONE, Fault.NONE, Fault.PARTIAL):
        second.step(fault)
    world.drain()
    world.check_all_arrived()


def test_a_redrive_policy_on_a_mailbox_would_lose_what_was_committed_and_not_sent():
    world = World()
    world.tell(RUNNERS[0], "a")
    invocation = world.start("runner", 1)
    for fault in (Fault.NONE, Fault.NONE, Fault.CRASH_BEFORE):
        invocation.step(fault)

    world.acknowledge(invocation.delivery, ())  # as SQS would, on the way to a dead-letter queue

    world.drain()
    with pytest.raises(AssertionError):
        world.check_all_arrived()


def test_mutant_that_commits_without_a_fence_check_of_the_first_version_is_killed():
    class UnfencedInsert(InMemoryStateStore):
        def commit(self, items: Sequence[AgentItem]) -> Mapping[ActorId, CommitOutcome]:
            for item in items:
                if item["version"] == 1:
                    self.items.pop(ActorId.parse(item["agent"]), None)
            return super().commit(items)

    assert violation(lambda: World(store=UnfencedInsert()))
