"""Simulated devices that live beside the test, in a thread of their own."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from ringtree_device.device_api import EnrolmentRequest
from ringtree_device.ports import Switch, SwitchKind

from lab.fleet_simulator.fleet_rules import FleetRules
from lab.fleet_simulator.fleet_simulator import FleetPlan, FleetSimulator

CONNECTIONS = 4
ENROLS_WITHIN_SECONDS = 90.0
ANSWERS_WITHIN_SECONDS = 30.0

T = TypeVar("T")


class LiveFleet:
    """`with LiveFleet(url, token, {"d-1": "canary"}) as fleet`: enrolled and alive in the block, stopped after it."""

    def __init__(
        self, url: str, enrolment_token: str, rings_of_devices: Mapping[str, str], rules: FleetRules | None = None
    ) -> None:
        requests = [
            EnrolmentRequest(device_id, ring=ring, is_simulated=True) for device_id, ring in rings_of_devices.items()
        ]
        plan = FleetPlan(url, enrolment_token, requests, rules or FleetRules(), connections=CONNECTIONS)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="live-fleet", daemon=True)
        self._fleet = FleetSimulator(plan)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._do(self._fleet.__aenter__(), ENROLS_WITHIN_SECONDS)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._do(self._fleet.stop())
        finally:
            self._end()

    def kill(self, device_id: str) -> None:
        """End a device wherever it stands; it keeps its state, as a disk would."""
        self._do(self._fleet.kill(device_id))

    def restart(self, device_id: str) -> None:
        """Start a killed or silent device again."""

        async def restart() -> None:
            self._fleet.restart(device_id)

        self._do(restart())

    def install_log(self, device_id: str) -> list[tuple[str, str | None]]:
        """Every switch of a device in order: its kind, and the release it went to."""
        return [(switch.kind.value, switch.target) for switch in self._switches()[device_id]]

    def installs_of(self, version: str) -> dict[str, int]:
        """How often each device has switched forward to a release; devices that never did are left out."""
        counts = {
            device_id: sum(1 for switch in log if switch.kind is SwitchKind.INSTALL and switch.target == version)
            for device_id, log in self._switches().items()
        }
        return {device_id: count for device_id, count in counts.items() if count}

    def crashes(self) -> dict[str, str]:
        """Devices whose client ended though nobody stopped it."""
        return {device.device_id: repr(device.crash) for device in self._fleet.devices if device.crash}

    def _switches(self) -> dict[str, list[Switch]]:
        async def read() -> dict[str, list[Switch]]:
            return {device.device_id: list(device.installer.log) for device in self._fleet.devices}

        return self._do(read())

    def _do(self, work: Coroutine[Any, Any, T], within_seconds: float = ANSWERS_WITHIN_SECONDS) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_seconds)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ANSWERS_WITHIN_SECONDS)
        self._loop.close()
