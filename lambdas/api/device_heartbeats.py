"""Takes heartbeats: onto the bus with what was said, back to the device with its work in hand."""

import hashlib
import json
from datetime import timedelta

from lambdas.agents.device.state import Device, TaskInHand
from lambdas.api.agent_reading import read_agent
from lambdas.api.views.device_api import (
    DeploymentInHand,
    HeartbeatRequest,
    HeartbeatView,
    ReleaseInHand,
    TaskInHandView,
    WorkView,
)
from lambdas.fleet.events import HeartbeatReceived
from lambdas.fleet.vitals import Vitals
from lambdas.wiring.device_api import DevicePorts


def take_heartbeat(ports: DevicePorts, heartbeat: HeartbeatRequest) -> HeartbeatView:
    """Publish the heartbeat and answer it. A device whose enrolment is still on its way has no work yet."""
    device = read_agent(ports.agents, "device", heartbeat.device_id, Device)
    interval = next_heartbeat(ports, device)
    received = HeartbeatReceived(
        device_id=heartbeat.device_id,
        received_at=ports.clock(),
        sampled_at=heartbeat.sampled_at,
        boot_id=heartbeat.boot_id,
        running_release=heartbeat.running_release,
        is_simulated=device is not None and device.is_simulated,
        vitals=Vitals(**heartbeat.vitals.model_dump()),
        next_heartbeat_seconds=interval.total_seconds(),
    )
    ports.events.publish(received, _event_id(heartbeat))
    return HeartbeatView(next_heartbeat_seconds=interval.total_seconds(), work=_work_of(device))


def next_heartbeat(ports: DevicePorts, device: Device | None) -> timedelta:
    """How soon a device shall speak again: soon while it has work in hand or has just joined."""
    is_idle = device is not None and device.is_registered and device.work_in_hand is None and not device.tasks
    return ports.idle_heartbeat if is_idle else ports.active_heartbeat


def _work_of(device: Device | None) -> WorkView:
    if device is None:
        return WorkView(deployment=None, tasks=[])
    deployment = device.work_in_hand
    tasks = [_task_view(task) for task in device.tasks]
    if deployment is None:
        return WorkView(deployment=None, tasks=tasks)
    release = ReleaseInHand.model_validate(deployment.release) if deployment.release else None
    in_hand = DeploymentInHand(deployment_id=deployment.deployment_id, action=deployment.purpose, release=release)
    return WorkView(deployment=in_hand, tasks=tasks)


def _task_view(task: TaskInHand) -> TaskInHandView:
    payload = json.loads(task.payload)
    return TaskInHandView(task_id=task.task_id, type=task.type, payload=payload, attempt=task.attempt)


def _event_id(heartbeat: HeartbeatRequest) -> str:
    """The same for the same sample, so that a heartbeat that a device sends again can be told from a new one."""
    said = f"{heartbeat.device_id}|{heartbeat.boot_id}|{heartbeat.sampled_at.isoformat()}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]
