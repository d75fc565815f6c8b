"""Runs many simulated devices in one process, on one event loop and a few connections."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from types import TracebackType

import httpx
from ringtree_device.backoff import Patience
from ringtree_device.device_api import EnrolmentRequest, enrol
from ringtree_device.platform_errors import PlatformUnavailableError
from ringtree_device.platform_request import PlatformConnection
from ringtree_device.ports import Clock
from ringtree_device.system_clock import SystemClock

from lab.fleet_simulator.archive_library import ArchiveLibrary
from lab.fleet_simulator.bounded_transport import BoundedTransport
from lab.fleet_simulator.fleet_rules import FleetRules
from lab.fleet_simulator.fleet_statistics import FleetStatistics, install_counts, statistics_of
from lab.fleet_simulator.simulated_device import SimulatedDevice

MODELS = (("Acme", "Kiosk 12"), ("Acme", "Gateway 3"), ("Borealis", "Edge X2"), ("Borealis", "Terminal 7"))
SITES = ("Berlin", "Lyon", "Porto", "Turku")
DEPARTMENTS = ("logistics", "retail", "workshop")
OS_NAMES = ("Debian 12", "Ubuntu 24.04", "Alpine 3.20")


def simulated_requests(count: int, seed: int = 0, prefix: str = "sim") -> list[EnrolmentRequest]:
    """Devices ``<prefix>-0001`` and on, with details drawn by the seed."""
    random = Random(f"{seed}/details")
    requests = []
    for number in range(1, count + 1):
        manufacturer, model = random.choice(MODELS)
        requests.append(
            EnrolmentRequest(
                device_id=f"{prefix}-{number:04}",
                is_simulated=True,
                name=f"{model} {number}",
                manufacturer=manufacturer,
                model=model,
                os_name=random.choice(OS_NAMES),
                site=random.choice(SITES),
                department=random.choice(DEPARTMENTS),
            )
        )
    return requests


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """Which devices, where, and how they behave."""

    url: str
    """Device URL of the platform."""
    enrolment_token: str = field(repr=False)
    requests: Sequence[EnrolmentRequest]
    rules: FleetRules = field(default_factory=FleetRules)
    seed: int = 0
    connections: int = 12
    """Requests under way at once, of all devices together. An emulator starts a worker for each, so few are faster."""
    enrolments_at_once: int = 4
    starts_within_seconds: float = 2.0
    """First heartbeats are spread over this time."""


class FleetSimulator:
    """Use as ``async with FleetSimulator(plan) as fleet``: enrols and starts on entry, stops on exit."""

    def __init__(
        self, plan: FleetPlan, clock: Clock | None = None, on_enrolled: Callable[[int], None] | None = None
    ) -> None:
        self._plan = plan
        self._clock = clock or SystemClock()
        self._on_enrolled = on_enrolled
        self._library = ArchiveLibrary()
        self._http: httpx.AsyncClient | None = None
        self._devices: dict[str, SimulatedDevice] = {}

    async def __aenter__(self) -> "FleetSimulator":
        try:
            await self.enrol()
            self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def enrol(self) -> None:
        """Enrol all devices that are not yet, some at a time. Raises RequestRefusedError on the first refusal."""
        new = [request for request in self._plan.requests if request.device_id not in self._devices]
        turns = asyncio.Semaphore(self._plan.enrolments_at_once)
        enrolments = [asyncio.create_task(self._enrol(request, turns)) for request in new]
        try:
            await asyncio.gather(*enrolments)
        finally:
            for enrolment in enrolments:
                enrolment.cancel()
            await asyncio.gather(*enrolments, return_exceptions=True)

    def start(self) -> None:
        """Let every enrolled device live."""
        random = Random(f"{self._plan.seed}/starts")
        for device in self._devices.values():
            device.start(self._client(), random.uniform(0, self._plan.starts_within_seconds))

    async def stop(self) -> None:
        """Stop every device and close the connections."""
        await asyncio.gather(*(device.kill() for device in self._devices.values()))
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def kill(self, device_id: str) -> None:
        """Kill one device wherever it stands; it keeps its state, as a disk would."""
        await self._devices[device_id].kill()

    def restart(self, device_id: str) -> None:
        """Start a killed or silent device again."""
        self._devices[device_id].start(self._client())

    @property
    def devices(self) -> Sequence[SimulatedDevice]:
        """All enrolled devices."""
        return tuple(self._devices.values())

    def statistics(self) -> FleetStatistics:
        """What the fleet is doing."""
        return statistics_of(self._devices.values())

    def install_counts(self) -> dict[str, dict[str, int]]:
        """How often each device has installed each version."""
        return install_counts(self._devices.values())

    async def _enrol(self, request: EnrolmentRequest, turns: asyncio.Semaphore) -> None:
        random = Random(f"{self._plan.seed}/{request.device_id}")
        connection = PlatformConnection(self._client(), self._clock)
        async with turns:
            enrolment = await Patience(self._clock, random).until_answered(
                lambda: enrol(connection, self._plan.url, self._plan.enrolment_token, request),
                retried=(PlatformUnavailableError,),
            )
        device = SimulatedDevice(enrolment, self._library, self._plan.rules, self._clock, random)
        self._devices[request.device_id] = device
        if self._on_enrolled is not None:
            self._on_enrolled(len(self._devices))

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(transport=BoundedTransport(self._plan.connections))
        return self._http
