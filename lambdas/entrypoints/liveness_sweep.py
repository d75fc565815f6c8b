"""Lambda function: finds the devices that were not heard within their lease, without looking at any other."""

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from lambdas.actors.actor_id import ActorId
from lambdas.actors.leases import under_lease
from lambdas.agents.device.messages import DeviceFellSilent
from lambdas.fleet.device_samples import DueLease
from lambdas.fleet.events import DeviceOffline
from lambdas.observability import logger
from lambdas.settings.liveness_sweep import LivenessSweepSettings
from lambdas.wiring.liveness_sweep import SweepPorts, sweep_ports

RESERVE_MILLISECONDS = 10_000
"""Time kept back: a sweep that would run out of time leaves the rest to the next one."""


LEASE = "liveness_sweep"
"""Name of the lease under which devices are marked, so that no two runs work on the same ones."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Take a schedule event; answer how many devices fell silent."""
    silent, is_finished = sweep_alone(
        _ports(), context.aws_request_id, lambda: context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS
    )
    logger.info("leases swept", extra={"silent": silent, "is_finished": is_finished})
    return {"silent": silent, "is_finished": is_finished}


def sweep_alone(ports: SweepPorts, holder: str, has_time: Callable[[], bool]) -> tuple[int, bool]:
    """Sweep under a lease; while another run has it, nothing is done and nothing finished."""
    with under_lease(ports.leases, LEASE, holder, ports.lease, ports.clock) as lease:
        if lease is None:
            return 0, False
        return sweep(ports, lambda: has_time() and ports.clock() < lease.ends)


def sweep(ports: SweepPorts, has_time: Callable[[], bool]) -> tuple[int, bool]:
    """Count the due devices as silent; answers how many became so, and whether all due leases were handled."""
    now = ports.clock()
    silent = 0
    while span := ports.metrics.next_span(now):
        for lease in ports.metrics.due_leases(span):
            if not has_time():
                return silent, False
            if ports.metrics.mark_offline(lease):
                announce(ports, lease)
                silent += 1
        ports.metrics.finish_span(span)
        if not has_time():
            return silent, False
    return silent, True


def announce(ports: SweepPorts, lease: DueLease) -> None:
    """Tell the device's agent and the bus; the lease ends last, so that a crash before announces again."""
    silent_since = lease.received_at.isoformat()
    agent = ActorId("device", lease.device_id)
    ports.mailbox.tell(agent, DeviceFellSilent(lease.received_at), f"silent-since-{silent_since}")
    offline = DeviceOffline(lease.device_id, lease.received_at, ports.clock())
    ports.events.publish(offline, f"offline-{lease.device_id}-since-{silent_since}")
    ports.metrics.end_lease(lease)


@cache
def _ports() -> SweepPorts:
    return sweep_ports(LivenessSweepSettings.from_environment(os.environ))
