"""The life of a device: heartbeat, take the work it is answered with, again."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ringtree_device.backoff import Patience, retry_after_of
from ringtree_device.deployment_work import DeploymentWork
from ringtree_device.device_api import DeviceApi
from ringtree_device.platform_errors import PlatformUnavailableError, RequestRefusedError, TokenRefusedError
from ringtree_device.ports import Installer, VitalsSource
from ringtree_device.task_work import TaskWork
from ringtree_device.work import HeartbeatAnswer, UnexpectedAnswerError

logger = logging.getLogger(__name__)

JITTER_SHARE = 0.1
SHORTEST_INTERVAL_SECONDS = 0.2
LONGEST_INTERVAL_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Contact:
    """How the last heartbeat went."""

    at: datetime
    problem: str | None = None
    """Why the platform did not take it; none when it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLoop:
    """Heartbeats go on while a deployment or tasks are worked on beside them."""

    api: DeviceApi
    vitals: VitalsSource
    installer: Installer
    deployments: DeploymentWork
    tasks: TaskWork
    patience: Patience
    on_contact: Callable[[Contact], None]

    async def run(self) -> None:
        """Live until cancelled. What is then in hand is resumed by the next run."""
        async with asyncio.TaskGroup() as group:
            self.deployments.resume(group.create_task)
            failures = 0
            while True:
                try:
                    answer = await self._heartbeat()
                except (PlatformUnavailableError, RequestRefusedError, UnexpectedAnswerError) as problem:
                    failures += 1
                    self._tell_of(problem)
                    await self.patience.wait(failures, retry_after_of(problem))
                    continue
                failures = 0
                self.on_contact(Contact(self.patience.clock.now()))
                self.deployments.receive(answer.deployment, group.create_task)
                self.tasks.receive(answer.tasks, group.create_task)
                await self.patience.clock.sleep(self._until_next(answer.next_heartbeat_seconds))

    async def _heartbeat(self) -> HeartbeatAnswer:
        return await self.api.send_heartbeat(
            sampled_at=self.patience.clock.now(),
            boot_id=self.vitals.boot_id,
            running_release=self.installer.running_release(),
            vitals=self.vitals.sample(),
        )

    def _tell_of(self, problem: Exception) -> None:
        remedy = "; enrol this device again if this stays" if isinstance(problem, TokenRefusedError) else ""
        logger.warning("heartbeat not taken: %s%s", problem, remedy)
        self.on_contact(Contact(self.patience.clock.now(), problem=f"{problem}{remedy}"))

    def _until_next(self, seconds: float) -> float:
        """The interval the platform asked for, give or take a tenth, so that devices do not march in step."""
        asked = min(LONGEST_INTERVAL_SECONDS, max(SHORTEST_INTERVAL_SECONDS, seconds))
        return asked * (1 + JITTER_SHARE * (2 * self.patience.random.random() - 1))
