"""Takes one deployment through its steps. Each step can be begun again after a crash in the middle of it."""

import asyncio
import errno
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from ringtree_device.artifact_fetch import ArtifactFetch
from ringtree_device.backoff import Patience
from ringtree_device.device_api import DeviceApi
from ringtree_device.job import Job, ProgressState, Step
from ringtree_device.platform_errors import PlatformUnavailableError, RequestRefusedError
from ringtree_device.ports import Installer, InstallError, NotEnoughSpaceError, Switch, SwitchKind
from ringtree_device.work import Action, Release, UnexpectedAnswerError

logger = logging.getLogger(__name__)

T = TypeVar("T")
NOT_IN_HAND = frozenset({404, 409})


class WithdrawnError(Exception):
    """The deployment is not this device's work any more, and nothing has changed on the device yet."""


class DeploymentRun:
    """The steps of a deployment, over the ports of one device."""

    def __init__(self, api: DeviceApi, installer: Installer, fetch: ArtifactFetch, patience: Patience) -> None:
        self._api = api
        self._installer = installer
        self._fetch = fetch
        self._patience = patience

    async def take_step(self, job: Job, withdrawn: asyncio.Event) -> Job:
        """Do the step the job is in; the answer is the job in its next step.

        Raises WithdrawnError before the point of no return, never after it.
        """
        try:
            return await self._step(job, withdrawn)
        except NotEnoughSpaceError as error:
            return job.ended(ProgressState.DEFERRED, str(error))
        except (InstallError, OSError) as error:
            finding = f"{job.step} failed: {error}"
            if isinstance(error, OSError) and error.errno == errno.ENOSPC and not job.step.is_past_return:
                return job.ended(ProgressState.DEFERRED, finding)
            if job.step is Step.SWITCHING and self._installer.running_release() != job.previous_release:
                return job.at(Step.REVERTING, reason=finding)
            return job.ended(ProgressState.FAILED, f"{job.reason}; {finding}" if job.reason else finding)

    async def _step(self, job: Job, withdrawn: asyncio.Event) -> Job:
        match job.step:
            case Step.DOWNLOADING:
                return await _unless(withdrawn, self._download(job))
            case Step.INSTALLING:
                return await self._install(job, withdrawn)
            case Step.SWITCHING:
                return await self._switch(job)
            case Step.VERIFYING:
                return await self._verify(job)
            case Step.REVERTING:
                return await self._revert(job)
            case Step.REPORTING:
                raise ValueError(f"the job of {job.deployment_id} has ended; report it")

    async def report(self, job: Job) -> None:
        """Tell the platform the outcome of an ended job, for as long as it takes."""
        outcome = job.outcome or ProgressState.FAILED
        try:
            await self._tell(job, outcome, job.reason)
        except RequestRefusedError as error:
            # The platform has settled this deployment without us; its next answer says what to do now.
            logger.warning("outcome %s of %s was not taken: %s", outcome, job.deployment_id, error)

    async def _download(self, job: Job) -> Job:
        release = job.release
        if release is None or self._installer.has_release(release):
            return job.at(Step.INSTALLING)
        if not release.has_archive:
            raise InstallError(f"release {release.version} is not on this disk, and the platform has no archive of it")

        await self._tell_or_stop(job, ProgressState.DOWNLOADING)
        self._installer.check_space(release)

        async def on_corrupt(finding: str) -> None:
            logger.warning("release %s: %s", release.version, finding)
            await self._tell_or_stop(job, ProgressState.DOWNLOADING, finding)

        await self._fetch.fetch(release, self._installer.artifact_file(release), on_corrupt)
        return job.at(Step.INSTALLING)

    async def _install(self, job: Job, withdrawn: asyncio.Event) -> Job:
        """Ask leave, then make everything ready; from the answer on, the platform counts this device as changing."""
        await _unless(withdrawn, self._tell_or_stop(job, ProgressState.INSTALLING))
        if job.release is not None:
            await self._make_ready(job, job.release, withdrawn)
        if withdrawn.is_set():
            raise WithdrawnError
        return job.at(Step.SWITCHING)

    async def _make_ready(self, job: Job, release: Release, withdrawn: asyncio.Event) -> None:
        await self._installer.unpack(release)
        if job.action is Action.INSTALL:
            await _unless(withdrawn, self._installer.prepare(release, job.previous_release))

    async def _switch(self, job: Job) -> Job:
        if job.target != job.previous_release:
            kind = SwitchKind.INSTALL if job.action is Action.INSTALL else SwitchKind.ROLL_BACK
            await self._installer.switch(Switch(job.deployment_id, kind, job.previous_release, job.target))
        return job.at(Step.VERIFYING)

    async def _verify(self, job: Job) -> Job:
        await self._mention(job, ProgressState.VERIFYING)
        problem = None if job.target is None else await self._health_problem(job.target, job.previous_release)
        if problem is None:
            return job.ended(ProgressState.DONE)
        if job.action is Action.INSTALL and job.target != job.previous_release:
            return job.at(Step.REVERTING, reason=problem)
        return job.ended(ProgressState.FAILED, f"runs release {job.target}, but {problem}")

    async def _health_problem(self, version: str, previous: str | None) -> str | None:
        try:
            return await self._installer.health_problem(version, previous)
        except (InstallError, OSError) as error:
            return f"the health check could not run: {error}"

    async def _revert(self, job: Job) -> Job:
        switch = Switch(job.deployment_id, SwitchKind.REVERT, previous=job.target, target=job.previous_release)
        await self._installer.switch(switch)
        return job.ended(ProgressState.ROLLED_BACK, job.reason)

    async def _tell(self, job: Job, state: ProgressState, reason: str = "") -> None:
        running = self._installer.running_release()
        await self._patience.until_answered(lambda: self._api.report_progress(job, state, running, reason))

    async def _tell_or_stop(self, job: Job, state: ProgressState, reason: str = "") -> None:
        try:
            await self._tell(job, state, reason)
        except RequestRefusedError as error:
            if error.status in NOT_IN_HAND:
                raise WithdrawnError from error
            raise InstallError(str(error)) from error

    async def _mention(self, job: Job, state: ProgressState) -> None:
        """Tell once: what follows must not wait for the platform."""
        try:
            await self._api.report_progress(job, state, self._installer.running_release())
        except (PlatformUnavailableError, RequestRefusedError, UnexpectedAnswerError) as error:
            logger.info("state %s of %s was not taken: %s", state, job.deployment_id, error)


async def _unless(withdrawn: asyncio.Event, action: Coroutine[Any, Any, T]) -> T:
    """Do an action that may be broken off anywhere; a withdrawal ends it at once with WithdrawnError."""
    doing, withdrawal = asyncio.create_task(action), asyncio.create_task(withdrawn.wait())
    try:
        await asyncio.wait({doing, withdrawal}, return_when=asyncio.FIRST_COMPLETED)
        if withdrawn.is_set():
            raise WithdrawnError
        return await doing
    finally:
        for task in (doing, withdrawal):
            task.cancel()
        await asyncio.gather(doing, withdrawal, return_exceptions=True)
