"""One simulated device: the client library's loop over simulated ports."""

import asyncio
import logging
from random import Random

import httpx
from ringtree_device.backoff import Patience
from ringtree_device.device_loop import Contact
from ringtree_device.device_parts import DeviceParts, assemble
from ringtree_device.enrolment import Enrolment
from ringtree_device.memory_state_store import InMemoryStateStore
from ringtree_device.ports import Clock, Switch, SwitchKind

from lab.fleet_simulator.archive_library import ArchiveLibrary
from lab.fleet_simulator.fleet_rules import FleetRules
from lab.fleet_simulator.simulated_installer import SimulatedInstaller
from lab.fleet_simulator.simulated_vitals import SimulatedVitals

logger = logging.getLogger(__name__)


class SimulatedDevice:
    """May be killed and started again; its state and its releases stay."""

    def __init__(
        self, enrolment: Enrolment, library: ArchiveLibrary, rules: FleetRules, clock: Clock, random: Random
    ) -> None:
        self.enrolment = enrolment
        self.store = InMemoryStateStore()
        self.installer = SimulatedInstaller(enrolment.device_id, library, rules, clock, self._on_switch)
        self.is_silent = False
        """Whether the rules have made it fall silent."""
        self.last_contact: Contact | None = None
        self.crash: BaseException | None = None
        """What ended its loop although nobody stopped it."""
        self._rules = rules
        self._patience = Patience(clock, random)
        self._vitals = SimulatedVitals(f"boot-{enrolment.device_id}", random)
        self._task: asyncio.Task[None] | None = None

    @property
    def device_id(self) -> str:
        """Its name in the fleet."""
        return self.enrolment.device_id

    @property
    def state(self) -> str:
        """What it is doing: ``idle``, ``stopped``, ``silent``, or the step of the deployment in hand."""
        if self.is_silent:
            return "silent"
        if self._task is None or self._task.done():
            return "stopped"
        job = self.store.load().job
        return "idle" if job is None else job.step.value

    def start(self, http: httpx.AsyncClient, first_heartbeat_after_seconds: float = 0.0) -> None:
        """Live, from here on."""
        self.is_silent = False
        self._task = asyncio.create_task(self._live(http, first_heartbeat_after_seconds), name=self.device_id)

    async def kill(self) -> None:
        """Die at once, wherever it stands."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _live(self, http: httpx.AsyncClient, first_heartbeat_after_seconds: float) -> None:
        parts = DeviceParts(
            vitals=self._vitals,
            installer=self.installer,
            store=self.store,
            patience=self._patience,
            on_contact=self._on_contact,
        )
        try:
            await self._patience.clock.sleep(first_heartbeat_after_seconds)
            await assemble(http, self.enrolment, parts).run()
        except Exception as error:
            logger.exception("simulated device %s crashed", self.device_id)
            self.crash = error

    def _on_contact(self, contact: Contact) -> None:
        self.last_contact = contact

    def _on_switch(self, switch: Switch) -> None:
        is_forward = switch.kind is SwitchKind.INSTALL and switch.target is not None
        if is_forward and self._rules.falls_silent(self.device_id, str(switch.target)) and self._task is not None:
            self.is_silent = True
            self._task.cancel()
