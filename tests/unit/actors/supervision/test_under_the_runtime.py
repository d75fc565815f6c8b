"""Supervisors and children as agents: what they tell one another goes through the turn loop and mailboxes."""

from dataclasses import dataclass, replace
from datetime import timedelta

from lambdas.actors.agent_record import AgentStatus
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import Exit
from lambdas.actors.failures import FailurePolicy
from lambdas.actors.in_memory.stage import Stage
from lambdas.actors.lanes import Lane
from lambdas.actors.supervision.behavior import supervisor_behavior
from lambdas.actors.supervision.messages import (
    ChildSpec,
    StartSupervisor,
    StopSupervisor,
    TerminateChild,
)
from lambdas.actors.supervision.strategies import RestartType
from lambdas.actors.system_messages import Reset
from lambdas.actors.turn import Turn
from lambdas.agents.agent_spec import AgentSpec


@dataclass(frozen=True, slots=True)
class Work:
    pieces: int


@dataclass(frozen=True, slots=True)
class Stumble:
    pass


@dataclass(frozen=True, slots=True)
class Finish:
    pass


@dataclass(frozen=True, slots=True)
class Worker:
    name: str
    pieces: int = 0


def on_work(worker, work, _now):
    return Turn(replace(worker, pieces=worker.pieces + work.pieces))


def on_stumble(_worker, _stumble, _now):
    raise RuntimeError("stumbled")


def on_finish(worker, _finish, _now):
    return Turn(worker, (Exit("normal"),))


WORKER = AgentSpec(
    Behavior(
        "worker",
        Worker,
        Worker,
        {Work: on_work, Stumble: on_stumble, Finish: on_finish},
        on_failure=FailurePolicy.ESCALATE,
        max_attempts=1,
    ),
    sends_to=("boss",),
    lanes=(Lane.CONTROL, Lane.NORMAL),
)
BOSS = AgentSpec(supervisor_behavior("boss"), sends_to=("boss", "worker"))


def tree(**flags):
    return StartSupervisor(
        (ChildSpec("boss/team", shutdown=None, subtree=StartSupervisor((ChildSpec("worker/a"),))),), **flags
    )


def test_the_asker_is_answered_when_all_children_have_begun():
    stage = Stage(WORKER, BOSS)

    assert stage.reply(stage.ask("boss/top", tree())) is None
    assert stage.record("worker/a").supervisor == "boss/team"


def test_a_child_that_fails_begins_anew_and_handles_what_it_was_told_meanwhile():
    stage = Stage(WORKER, BOSS)
    stage.tell("boss/team", StartSupervisor((ChildSpec("worker/a"),)))

    for message in (Work(1), Stumble(), Work(2)):
        stage.tell("worker/a", message)

    assert stage.state("worker/a") == Worker("a", 2)
    assert [kept.letter.message_types for kept in stage.letters if kept.decision is None] == [("Stumble",)]


def test_a_transient_child_that_has_finished_stays_so():
    stage = Stage(WORKER, BOSS)
    stage.tell("boss/team", StartSupervisor((ChildSpec("worker/a", RestartType.TRANSIENT),)))

    stage.tell("worker/a", Finish())

    assert stage.record("worker/a").status is AgentStatus.STOPPED


def test_a_team_that_gives_up_begins_anew_under_its_supervisor():
    stage = Stage(WORKER, BOSS)
    stage.tell("boss/top", tree())
    before = stage.record("worker/a").incarnation

    for _ in range(2):
        stage.tell("worker/a", Stumble())
    stage.tell("worker/a", Work(3))

    assert len(stage.state("boss/top").restarts) == 1
    assert stage.state("worker/a") == Worker("a", 3)
    assert stage.record("worker/a").status is AgentStatus.RUNNING
    assert stage.record("worker/a").incarnation > before + 1


def test_the_end_of_everything_leaves_nobody_running():
    stage = Stage(WORKER, BOSS)
    stage.tell("boss/top", tree())

    stage.tell("boss/top", StopSupervisor())

    assert stage.record("boss/team").status is AgentStatus.STOPPED
    assert stage.record("worker/a").status is AgentStatus.STOPPED


def test_a_stopped_system_starts_again():
    stage = Stage(WORKER, BOSS)
    stage.tell("boss/top", tree())
    stage.tell("boss/top", StopSupervisor())

    stage.ask("boss/top", tree())
    stage.tell("worker/a", Work(1))

    assert stage.state("worker/a") == Worker("a", 1)


def test_a_child_that_an_operator_reset_is_still_supervised():
    stage = Stage(WORKER, BOSS)
    stage.tell("boss/team", StartSupervisor((ChildSpec("worker/a"),)))
    stage.tell("worker/a", Reset("because"))

    stage.tell("worker/a", Stumble())
    stage.tell("worker/a", Work(1))
    terminated = stage.ask("boss/team", TerminateChild("worker/a"))
    stage.advance(timedelta(seconds=10))

    assert stage.state("worker/a") == Worker("a", 1)
    assert stage.reply(terminated) is None
    assert stage.record("worker/a").status is AgentStatus.STOPPED
