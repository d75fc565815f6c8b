"""How a task scheduler reacts: by priority, to the least loaded free device that fits, again up to a limit."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import CancelReminder, Effect, Remind, Send
from lambdas.actors.turn import Turn
from lambdas.agents.device.messages import WithdrawTask
from lambdas.agents.task.messages import TaskMoved, TaskQueued
from lambdas.agents.task_scheduler.messages import SubmitTask, TaskReported, TaskTimedOut
from lambdas.agents.task_scheduler.state import CANDIDATES_LIMIT, QUEUE_LIMIT, QueuedTask, TaskScheduler
from lambdas.fleet.tasks import TaskStatus


def on_submit_task(scheduler: TaskScheduler, message: SubmitTask, now: datetime) -> Turn[TaskScheduler]:
    """Queue the task and give it out if a device is free; a full queue fails the task aloud."""
    if any(task.task_id == message.task_id for task in scheduler.tasks):
        return Turn(scheduler)

    queued = TaskQueued(
        message.type, message.payload, message.priority, message.max_attempts, f"task_scheduler/{scheduler.shard}"
    )
    recorded = _to_task(message.task_id, queued)
    if len(scheduler.tasks) >= QUEUE_LIMIT:
        full = json.dumps({"error": f"the queue is full: {QUEUE_LIMIT} tasks wait; submit again later"})
        return Turn(scheduler, (recorded, _to_task(message.task_id, TaskMoved(TaskStatus.FAILED, None, 0, full))))

    task = QueuedTask(
        message.task_id,
        message.priority,
        scheduler.submitted,
        message.candidates[:CANDIDATES_LIMIT],
        message.max_attempts,
        message.timeout_seconds,
    )
    queue = replace(scheduler, submitted=scheduler.submitted + 1, tasks=(*scheduler.tasks, task))
    return _given_out(queue, (recorded,), now)


def on_task_reported(scheduler: TaskScheduler, message: TaskReported, now: datetime) -> Turn[TaskScheduler]:
    """Close a task that went well, try another time one that did not."""
    task = _in_hand(scheduler, message.task_id)
    if task is None or task.device_id != message.device_id:
        return Turn(scheduler)
    if not message.succeeded:
        return _tried(scheduler, task, message.result, now)
    moved = TaskMoved(TaskStatus.SUCCEEDED, task.device_id, task.attempt, message.result)
    effects = (CancelReminder(task.task_id), _to_task(task.task_id, moved))
    return _given_out(_without(scheduler, task), effects, now)


def on_task_timed_out(scheduler: TaskScheduler, message: TaskTimedOut, now: datetime) -> Turn[TaskScheduler]:
    """Take the task from a device that did not end it in time."""
    task = _in_hand(scheduler, message.task_id)
    if task is None or task.device_id is None or task.attempt != message.attempt:
        return Turn(scheduler)
    result = json.dumps({"error": f"device {task.device_id} did not end the task in {task.timeout_seconds:g} s"})
    turn = _tried(scheduler, task, result, now)
    again = _in_hand(turn.state, task.task_id)
    if again is not None and again.device_id == task.device_id:
        return turn
    return Turn(turn.state, (Send(ActorId("device", task.device_id), WithdrawTask(task.task_id)), *turn.effects))


def _tried(scheduler: TaskScheduler, task: QueuedTask, result: str, now: datetime) -> Turn[TaskScheduler]:
    """Queue the task for another device while attempts are left, else close it as failed."""
    cancel = CancelReminder(task.task_id)
    if task.attempt >= task.max_attempts:
        moved = TaskMoved(TaskStatus.FAILED, task.device_id, task.attempt, result)
        return _given_out(_without(scheduler, task), (cancel, _to_task(task.task_id, moved)), now)

    tried = tuple(candidate for candidate in task.candidates if candidate.device_id == task.device_id)
    others = tuple(candidate for candidate in task.candidates if candidate.device_id != task.device_id)
    again = replace(task, device_id=None, candidates=(*others, *tried))
    queue = replace(scheduler, tasks=tuple(again if kept is task else kept for kept in scheduler.tasks))
    moved = TaskMoved(TaskStatus.QUEUED, None, task.attempt, result)
    return _given_out(queue, (cancel, _to_task(task.task_id, moved)), now)


def _given_out(scheduler: TaskScheduler, effects: tuple[Effect, ...], now: datetime) -> Turn[TaskScheduler]:
    """Give waiting tasks to free devices, the most urgent first."""
    waiting = sorted(
        (task for task in scheduler.tasks if task.device_id is None), key=lambda task: (task.priority.rank, task.number)
    )
    for task in waiting:
        device_id = _least_loaded(scheduler, task)
        if device_id is None:
            continue
        given = replace(task, device_id=device_id, attempt=task.attempt + 1)
        scheduler = replace(scheduler, tasks=tuple(given if kept is task else kept for kept in scheduler.tasks))
        moved = TaskMoved(TaskStatus.ASSIGNED, device_id, given.attempt, None)
        due = now + timedelta(seconds=task.timeout_seconds)
        reminder = Remind(task.task_id, due, TaskTimedOut(task.task_id, given.attempt))
        effects = (*effects, _to_task(task.task_id, moved), reminder)
    return Turn(scheduler, effects)


def _least_loaded(scheduler: TaskScheduler, task: QueuedTask) -> str | None:
    """Pick among the free candidates; one that failed this task before comes last, whatever its load."""
    busy = scheduler.busy_devices
    free = [candidate for candidate in task.candidates if candidate.device_id not in busy]
    fresh = free if task.attempt == 0 else free[:1]
    return min(fresh, key=lambda candidate: candidate.load).device_id if fresh else None


def _in_hand(scheduler: TaskScheduler, task_id: str) -> QueuedTask | None:
    return next((task for task in scheduler.tasks if task.task_id == task_id), None)


def _without(scheduler: TaskScheduler, ended: QueuedTask) -> TaskScheduler:
    return replace(scheduler, tasks=tuple(task for task in scheduler.tasks if task is not ended))


def _to_task(task_id: str, message: TaskQueued | TaskMoved) -> Send:
    return Send(ActorId("task", task_id), message)


BEHAVIOR = Behavior(
    kind="task_scheduler",
    state_type=TaskScheduler,
    initial_state=TaskScheduler,
    reactions={
        SubmitTask: on_submit_task,
        TaskReported: on_task_reported,
        TaskTimedOut: on_task_timed_out,
    },
)
