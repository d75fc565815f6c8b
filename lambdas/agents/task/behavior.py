"""How a task's record reacts: it keeps the payload, hands it to the assigned device, and holds the result."""

from dataclasses import replace
from datetime import datetime

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import Send
from lambdas.actors.turn import Turn
from lambdas.agents.device.messages import RunTask
from lambdas.agents.task.messages import TaskMoved, TaskQueued
from lambdas.agents.task.state import Task
from lambdas.fleet.tasks import TaskStatus


def on_task_queued(task: Task, message: TaskQueued, now: datetime) -> Turn[Task]:
    """Put the task on record; a second word of it changes nothing."""
    if task.submitted_at is not None:
        return Turn(task)
    return Turn(
        replace(
            task,
            type=message.type,
            payload=message.payload,
            priority=message.priority,
            max_attempts=message.max_attempts,
            scheduler=message.scheduler,
            submitted_at=now,
            updated_at=now,
        )
    )


def on_task_moved(task: Task, message: TaskMoved, now: datetime) -> Turn[Task]:
    """Note where the task is; a device that it was given to is told to run it."""
    moved = replace(
        task,
        status=message.status,
        device_id=message.device_id,
        attempt=message.attempt,
        result=message.result,
        updated_at=now,
    )
    if message.status is not TaskStatus.ASSIGNED or message.device_id is None:
        return Turn(moved)
    run = RunTask(task.task_id, task.scheduler, task.type, task.payload, message.attempt)
    return Turn(moved, (Send(ActorId("device", message.device_id), run),))


BEHAVIOR = Behavior(
    kind="task",
    state_type=Task,
    initial_state=Task,
    reactions={TaskQueued: on_task_queued, TaskMoved: on_task_moved},
)
