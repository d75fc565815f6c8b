"""Lives of a device for tests: the real parts on a real disk, the platform double, and a clock that does not wait."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import httpx
from ringtree_device.backoff import Backoff, Patience
from ringtree_device.device_loop import Contact
from ringtree_device.device_parts import DeviceParts, assemble, ignore_step
from ringtree_device.enrolment import Enrolment
from ringtree_device.filesystem_installer import FileSystemInstaller
from ringtree_device.json_state_store import JsonStateStore
from ringtree_device.ports import StepObserver
from ringtree_device.vitals import Vitals

from tests.unit.device_client.platform_double import PlatformDouble

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LIFETIME_SECONDS = 20.0


class PowerCutError(BaseException):
    """Ends a life between two steps. Not an Exception, so nothing in the client handles it."""


class FastClock:
    """Time that passes by waiting for it, without waiting."""

    def __init__(self) -> None:
        self.elapsed_seconds = 0.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.elapsed_seconds)

    def monotonic(self) -> float:
        return self.elapsed_seconds

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.elapsed_seconds += seconds
        await asyncio.sleep(0.001)


class SteadyVitals:
    """A device whose vitals never change."""

    boot_id = "boot-1"

    def sample(self) -> Vitals:
        return Vitals(cpu_percent=10.0, memory_percent=20.0, disk_percent=30.0)


class DoubleTransport(httpx.AsyncBaseTransport):
    """Hands requests to the platform double."""

    def __init__(self, platform: PlatformDouble) -> None:
        self._platform = platform

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        body = await request.aread()
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._platform.handle(request.method, request.url.raw_path.decode(), headers, body)
        stream = _Body(answer.body, 0.005 if self._platform.faults.slow_downloads else 0, breaks_off=answer.breaks_off)
        return httpx.Response(answer.status, headers=answer.headers, stream=stream)


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes, pause_seconds: float, *, breaks_off: bool) -> None:
        self._body = body
        self._pause_seconds = pause_seconds
        self._breaks_off = breaks_off

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), 1024):
            await asyncio.sleep(self._pause_seconds)
            yield self._body[start : start + 1024]
        if self._breaks_off:
            raise httpx.ReadError("connection reset by peer")


class DeviceLife:
    """One device on one folder; every ``live`` is a life of its client."""

    def __init__(self, root: Path, platform: PlatformDouble) -> None:
        self.root = root
        self.platform = platform
        self.clock = FastClock()
        self.contacts: list[Contact] = []
        self.enrolment = Enrolment("http://platform.test", "d-1", platform.device_token, "canary")

    def live(
        self, until: Callable[[], bool], on_step: StepObserver = ignore_step, *, backoff: Backoff | None = None
    ) -> None:
        """Live until the condition holds, then be stopped; a PowerCutError of ``on_step`` ends the life at once."""
        asyncio.run(self._live(until, on_step, backoff or Backoff()))

    def live_until_idle(self, on_step: StepObserver = ignore_step) -> None:
        """Live until the platform wants nothing more and the outcome is settled on disk."""
        self.live(lambda: self.platform.deployment is None and self.state.job is None, on_step)

    @property
    def state(self):
        return JsonStateStore(self.root).load()

    @property
    def running_release(self) -> str | None:
        current = self.root / "current"
        return current.readlink().name if current.is_symlink() else None

    @property
    def release_folders(self) -> set[str]:
        return {folder.name for folder in (self.root / "releases").iterdir()}

    async def _live(self, until: Callable[[], bool], on_step: StepObserver, backoff: Backoff) -> None:
        async with httpx.AsyncClient(transport=DoubleTransport(self.platform)) as http:
            parts = DeviceParts(
                vitals=SteadyVitals(),
                installer=FileSystemInstaller(self.root, "d-1", self.clock, on_step),
                store=JsonStateStore(self.root),
                patience=Patience(self.clock, Random(1), backoff),
                on_contact=self.contacts.append,
                on_step=on_step,
            )
            living = asyncio.create_task(assemble(http, self.enrolment, parts).run())
            async with asyncio.timeout(LIFETIME_SECONDS):
                while not living.done() and not until():
                    await asyncio.sleep(0.001)
            living.cancel()
            result = (await asyncio.gather(living, return_exceptions=True))[0]
        if isinstance(result, BaseExceptionGroup):
            raise result
        if not isinstance(result, asyncio.CancelledError) and result is not None:
            raise result
