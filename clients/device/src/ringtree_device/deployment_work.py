"""The deployment in hand: begun when the platform offers it, stopped when it is withdrawn, ended exactly once."""

import asyncio
import logging
from collections.abc import Callable

from ringtree_device.deployment_run import DeploymentRun, WithdrawnError
from ringtree_device.job import DeviceState, Job, Step
from ringtree_device.ports import Clock, Installer, StateStore, StepObserver
from ringtree_device.work import DeploymentOrder

logger = logging.getLogger(__name__)

REPEAT_REPORT_SECONDS = 60.0
"""An ended job that is still on offer this long after its report is reported again."""


class DeploymentWork:
    """At most one job at a time; its step is on disk before the step begins."""

    def __init__(
        self, run: DeploymentRun, installer: Installer, store: StateStore, clock: Clock, on_step: StepObserver
    ) -> None:
        self._run = run
        self._installer = installer
        self._store = store
        self._clock = clock
        self._on_step = on_step
        self._state = store.load()
        self._withdrawn = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._reported_at = -REPEAT_REPORT_SECONDS

    @property
    def state(self) -> DeviceState:
        """What the device must not forget, as it stands."""
        return self._state

    def resume(self, spawn: Callable[..., asyncio.Task[None]]) -> None:
        """After a start: go on with the job a crash or a stop has interrupted."""
        job = self._state.job
        if job is not None:
            logger.info("resuming %s of %s at step %s", job.action, job.deployment_id, job.step)
            self._task = spawn(self._work(job))

    def receive(self, order: DeploymentOrder | None, spawn: Callable[..., asyncio.Task[None]]) -> None:
        """Take note of what the platform now wants; ``spawn`` starts what is to be done beside the heartbeats."""
        if self._task is not None and not self._task.done():
            self._keep_or_withdraw(order)
            return
        if order is None:
            return
        ended = self._state.ending_of(order)
        if ended is None:
            self._task = spawn(self._begin(order))
        elif self._clock.monotonic() - self._reported_at >= REPEAT_REPORT_SECONDS:
            self._task = spawn(self._report(ended))

    def _keep_or_withdraw(self, order: DeploymentOrder | None) -> None:
        job = self._state.job
        if job is None or job.step.is_past_return or (order and (order.deployment_id, order.action) == job.key):
            return
        logger.info("%s of %s is withdrawn at step %s", job.action, job.deployment_id, job.step)
        self._withdrawn.set()

    async def _begin(self, order: DeploymentOrder) -> None:
        job = Job.of(order, self._installer.running_release())
        logger.info(
            "beginning %s of %s: release %s to %s", job.action, job.deployment_id, job.previous_release, job.target
        )
        self._save(self._state.with_job(job))
        await self._work(job)

    async def _work(self, job: Job) -> None:
        self._withdrawn.clear()
        try:
            while job.step is not Step.REPORTING:
                job = await self._run.take_step(job, self._withdrawn)
                self._save(self._state.with_job(job))
        except WithdrawnError:
            logger.info("stopped %s of %s; this device is unchanged", job.action, job.deployment_id)
            await self._tidy(self._state)
            self._save(self._state.with_job(None))
        else:
            logger.info("%s of %s ended %s %s", job.action, job.deployment_id, job.outcome, job.reason)
            await self._tidy(self._state.after(job))
            await self._report(job)

    async def _report(self, job: Job) -> None:
        await self._run.report(job)
        self._reported_at = self._clock.monotonic()
        self._on_step(f"{job.deployment_id}: reported {job.outcome}")
        if self._state.job is not None:
            self._save(self._state.after(job))

    def _save(self, state: DeviceState) -> None:
        step = state.job.step.value if state.job else "none"
        self._on_step(f"before saving step {step}")
        self._store.save(state)
        self._state = state
        self._on_step(f"after saving step {step}")

    async def _tidy(self, state: DeviceState) -> None:
        """Remove what the device will not need in this state. While the job is in hand: a crash repeats it."""
        previous = state.previous_release
        try:
            await self._installer.tidy(frozenset() if previous is None else frozenset({previous}))
        except OSError as error:
            logger.warning("old releases could not be removed: %s", error)
