"""A simulated fleet that grows, living on an event loop of its own beside the benchmark."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self, TypeVar

from ringtree_device.device_api import EnrolmentRequest

from lab.embedded_aws.connection import EmbeddedConnection
from lab.fleet_simulator.fleet_simulator import FleetPlan, FleetSimulator, simulated_requests

T = TypeVar("T")
RING = "bench"
SECONDS_PER_ENROLMENT = 2.0
"""Patience, not a measure."""


@dataclass(slots=True)
class GrowingFleet:
    """All devices are in one ring; each is the device client's own code over HTTP."""

    connection: EmbeddedConnection
    on_enrolled: Callable[[int], None] = lambda _: None
    _requests: list[EnrolmentRequest] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _fleet: FleetSimulator | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._loop.run_forever, daemon=True, name="simulated-fleet").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._fleet is not None:
            self._run(self._fleet.stop(), 30.0)
        self._loop.call_soon_threadsafe(self._loop.stop)

    @property
    def size(self) -> int:
        """Devices that live."""
        return len(self._requests)

    def grow_to(self, devices: int) -> None:
        """Enrol further devices and let them live."""
        before = self.size
        ring_members = simulated_requests(devices, prefix="bench")[before:]
        self._requests += [_in_ring(request) for request in ring_members]
        self._run(self._grow(), 60.0 + SECONDS_PER_ENROLMENT * (devices - before))

    def installs(self, release: str) -> int:
        """How many devices run the release."""
        running = [device.installer.running_release() for device in (self._fleet.devices if self._fleet else ())]
        return running.count(release)

    async def _grow(self) -> None:
        if self._fleet is None:
            plan = FleetPlan(self.connection.device_url, self.connection.enrolment_token, self._requests)
            self._fleet = FleetSimulator(plan, on_enrolled=self._tell_enrolled)
        living = {device.device_id for device in self._fleet.devices}
        await self._fleet.enrol()
        for request in self._requests:
            if request.device_id not in living:
                self._fleet.restart(request.device_id)
                await asyncio.sleep(0.01)  # devices do not wake up all at once

    def _tell_enrolled(self, enrolled: int) -> None:
        """Whoever listens now is told: listeners change as the fleet grows."""
        self.on_enrolled(enrolled)

    def _run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)


def _in_ring(request: EnrolmentRequest) -> EnrolmentRequest:
    return replace(request, ring=RING)
