import random
from datetime import UTC, datetime, timedelta

from lambdas.agents.device.messages import RegisterDevice, TaskEnded
from lambdas.agents.task_scheduler.messages import Candidate, SubmitTask
from lambdas.agents.task_scheduler.state import QUEUE_LIMIT
from lambdas.fleet.devices import DeviceDetails
from lambdas.fleet.tasks import TaskPriority, TaskStatus
from tests.unit.agents.agent_world import AgentWorld

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCHEDULER = "task_scheduler/0"


def world_of(*device_ids: str, is_simulated: bool = False) -> AgentWorld:
    world = AgentWorld(NOON, random.Random(0))
    for device_id in device_ids:
        world.tell(f"device/{device_id}", RegisterDevice(DeviceDetails(), "canary", is_simulated, not is_simulated))
    world.run()
    return world


def submit(world: AgentWorld, task_id: str, *candidates: Candidate, priority=TaskPriority.NORMAL, attempts=2) -> None:
    world.tell(SCHEDULER, SubmitTask(task_id, "echo", '"hi"', priority, candidates, attempts, timeout_seconds=60))
    world.run()


def test_task_goes_to_the_least_loaded_candidate():
    world = world_of("busy", "idle")
    submit(world, "t-1", Candidate("busy", 0.9), Candidate("idle", 0.1))

    assert world.state("task/t-1").device_id == "idle"
    assert [task.task_id for task in world.state("device/idle").tasks] == ["t-1"]


def test_waiting_tasks_are_given_out_by_priority_then_by_age():
    world = world_of("only")
    only = Candidate("only", 0.1)
    submit(world, "first", only)
    submit(world, "low", only, priority=TaskPriority.LOW)
    submit(world, "normal", only)
    submit(world, "high", only, priority=TaskPriority.HIGH)

    order = []
    while world.state("device/only").tasks:
        task_id = world.state("device/only").tasks[0].task_id
        order.append(task_id)
        world.tell("device/only", TaskEnded(task_id, succeeded=True, result='"ok"'))
        world.run()

    assert order == ["first", "high", "normal", "low"]
    assert world.state("task/low").status is TaskStatus.SUCCEEDED
    assert world.state("task/low").result == '"ok"'


def test_failed_task_is_tried_on_another_device_up_to_its_limit():
    world = world_of("a", "b")
    submit(world, "t-1", Candidate("a", 0.1), Candidate("b", 0.2))
    world.tell("device/a", TaskEnded("t-1", succeeded=False, result='"broken"'))
    world.run()
    assert world.state("task/t-1").device_id == "b"

    world.tell("device/b", TaskEnded("t-1", succeeded=False, result='"broken too"'))
    world.run()

    task = world.state("task/t-1")
    assert (task.status, task.attempt, task.result) == (TaskStatus.FAILED, 2, '"broken too"')
    assert world.state(SCHEDULER).tasks == ()


def test_task_that_is_not_ended_in_time_moves_to_another_device():
    world = world_of("dead", "alive")
    submit(world, "t-1", Candidate("dead", 0.1), Candidate("alive", 0.2))

    world.advance(timedelta(seconds=61))

    assert world.state("device/dead").tasks == ()
    assert world.state("task/t-1").device_id == "alive"


def test_late_result_of_a_device_that_lost_the_task_is_ignored():
    world = world_of("dead", "alive")
    submit(world, "t-1", Candidate("dead", 0.1), Candidate("alive", 0.2))
    world.advance(timedelta(seconds=61))

    world.tell("device/dead", TaskEnded("t-1", succeeded=True, result='"late"'))
    world.run()

    assert world.state("task/t-1").status is TaskStatus.ASSIGNED


def test_simulated_device_without_a_client_does_its_task_in_a_moment():
    world = world_of("sim", is_simulated=True)
    submit(world, "t-1", Candidate("sim", 0.1))

    world.advance(timedelta(seconds=2))

    assert world.state("task/t-1").status is TaskStatus.SUCCEEDED


def test_full_queue_fails_further_tasks_aloud():
    world = world_of("only")
    for number in range(QUEUE_LIMIT + 1):
        submit(world, f"t-{number}", Candidate("only", 0.1))

    refused = world.state(f"task/t-{QUEUE_LIMIT}")
    assert refused.status is TaskStatus.FAILED
    assert "the queue is full" in refused.result


def test_task_that_is_submitted_twice_is_queued_once():
    world = world_of("only")
    submit(world, "t-1", Candidate("only", 0.1))
    submit(world, "t-1", Candidate("only", 0.1))

    assert world.state(SCHEDULER).submitted == 1
