"""How a device's agent reacts."""

from dataclasses import replace
from datetime import datetime, timedelta

from lambdas.actors.actor_id import ActorId
from lambdas.actors.behavior import Behavior
from lambdas.actors.effects import Publish, Remind, Send
from lambdas.actors.turn import Turn
from lambdas.agents.batch.messages import BatchPurpose, DeviceEnded
from lambdas.agents.device.installs import (
    on_install_ended,
    on_install_progressed,
    on_install_release,
    on_roll_back_release,
    on_withdraw_install,
)
from lambdas.agents.device.messages import (
    AssignRing,
    DeviceFellSilent,
    DeviceHeard,
    InstallEnded,
    InstallProgressed,
    InstallRelease,
    MoveVitals,
    RegisterDevice,
    RollBackRelease,
    RunTask,
    TaskEnded,
    WithdrawInstall,
    WithdrawTask,
)
from lambdas.agents.device.state import Device, TaskInHand, listed_attributes
from lambdas.agents.task_scheduler.messages import TaskReported
from lambdas.fleet.events import DeviceEnrolled
from lambdas.fleet.install_states import InstallState
from lambdas.fleet.vitals import Vitals, clamp_percent

RESTING_VITALS = Vitals(cpu_percent=20, memory_percent=40, disk_percent=50, battery_percent=80, is_charging=False)
"""Where a simulated device begins."""

SIMULATED_TASK_TIME = timedelta(seconds=1)


def on_register_device(device: Device, message: RegisterDevice, now: datetime) -> Turn[Device]:
    """Join the fleet; an enrolment is announced, a bare asset is not."""
    joined = replace(
        device,
        details=message.details,
        ring=message.ring,
        is_registered=True,
        is_simulated=message.is_simulated,
        has_client=device.has_client or message.has_client,
        vitals=(device.vitals or RESTING_VITALS) if message.is_simulated else None,
    )
    if not message.has_client:
        return Turn(joined)
    return Turn(joined, (Publish(DeviceEnrolled(device.device_id, message.ring, message.is_simulated, now)),))


def on_assign_ring(device: Device, message: AssignRing, _now: datetime) -> Turn[Device]:
    """Move to another ring."""
    return Turn(replace(device, ring=message.ring))


def on_device_heard(device: Device, message: DeviceHeard, now: datetime) -> Turn[Device]:
    """Remember what the device runs; one that comes back without the release it confirmed has lost it."""
    if device.last_seen is not None and message.heard_at < device.last_seen:
        return Turn(device)

    seen = replace(device, is_online=True, last_seen=message.heard_at, running_release=message.running_release)
    ended = device.deployment
    if ended is None or ended.purpose is not BatchPurpose.INSTALL or ended.state is not InstallState.DONE:
        return Turn(seen)
    if (
        ended.release is None
        or message.running_release == ended.release.version
        or message.heard_at <= ended.updated_at
    ):
        return Turn(seen)

    reason = f"came back on {message.running_release or 'no release'} after it had confirmed {ended.release.version}"
    lost = replace(ended, state=InstallState.ROLLED_BACK, reason=reason, updated_at=now)
    told = Send(ActorId.parse(ended.batch), DeviceEnded(device.device_id, InstallState.ROLLED_BACK, reason))
    return Turn(replace(seen, deployment=lost), (told,))


def on_device_fell_silent(device: Device, message: DeviceFellSilent, _now: datetime) -> Turn[Device]:
    """Remember that the device cannot be heard, unless it was heard since."""
    if device.last_seen is not None and device.last_seen > message.last_seen:
        return Turn(device)
    return Turn(replace(device, is_online=False, last_seen=message.last_seen))


def on_move_vitals(device: Device, message: MoveVitals, _now: datetime) -> Turn[Device]:
    """Move the vitals of a simulated device, once per activity."""
    vitals = device.vitals
    if not device.is_simulated or vitals is None or device.last_activity == message.activity_id:
        return Turn(device)

    battery = vitals.battery_percent
    moved = replace(
        vitals,
        cpu_percent=clamp_percent(vitals.cpu_percent + message.cpu_points),
        memory_percent=clamp_percent(vitals.memory_percent + message.memory_points),
        battery_percent=None if battery is None else clamp_percent(battery + message.battery_points),
    )
    return Turn(replace(device, vitals=moved, last_activity=message.activity_id))


def on_run_task(device: Device, message: RunTask, now: datetime) -> Turn[Device]:
    """Take a task in hand; a simulated device without a client does it by waiting a moment."""
    if any(task.task_id == message.task_id for task in device.tasks):
        return Turn(device)

    task = TaskInHand(message.task_id, message.scheduler, message.type, message.payload, message.attempt)
    taken = replace(device, tasks=(*device.tasks, task))
    if not device.is_simulated or device.has_client:
        return Turn(taken)
    ended = TaskEnded(message.task_id, succeeded=True, result='{"simulated": true}')
    return Turn(taken, (Remind(f"task/{message.task_id}", now + SIMULATED_TASK_TIME, ended),))


def on_withdraw_task(device: Device, message: WithdrawTask, _now: datetime) -> Turn[Device]:
    """Drop a task."""
    return Turn(replace(device, tasks=tuple(task for task in device.tasks if task.task_id != message.task_id)))


def on_task_ended(device: Device, message: TaskEnded, _now: datetime) -> Turn[Device]:
    """Hand the result of a task to the scheduler that gave it."""
    ended = [task for task in device.tasks if task.task_id == message.task_id]
    rest = tuple(task for task in device.tasks if task.task_id != message.task_id)
    report = TaskReported(message.task_id, device.device_id, message.succeeded, message.result)
    return Turn(replace(device, tasks=rest), tuple(Send(ActorId.parse(task.scheduler), report) for task in ended))


BEHAVIOR = Behavior(
    kind="device",
    state_type=Device,
    initial_state=Device,
    reactions={
        RegisterDevice: on_register_device,
        AssignRing: on_assign_ring,
        InstallRelease: on_install_release,
        RollBackRelease: on_roll_back_release,
        WithdrawInstall: on_withdraw_install,
        InstallProgressed: on_install_progressed,
        InstallEnded: on_install_ended,
        DeviceHeard: on_device_heard,
        DeviceFellSilent: on_device_fell_silent,
        MoveVitals: on_move_vitals,
        RunTask: on_run_task,
        WithdrawTask: on_withdraw_task,
        TaskEnded: on_task_ended,
    },
    index=listed_attributes,
)
