"""Puts a device together: the one place that knows which part needs which."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from ringtree_device.artifact_fetch import ArtifactFetch
from ringtree_device.backoff import Patience
from ringtree_device.deployment_run import DeploymentRun
from ringtree_device.deployment_work import DeploymentWork
from ringtree_device.device_api import DeviceApi
from ringtree_device.device_loop import Contact, DeviceLoop
from ringtree_device.enrolment import Enrolment
from ringtree_device.platform_request import PlatformConnection
from ringtree_device.ports import Installer, StateStore, StepObserver, VitalsSource
from ringtree_device.task_work import TaskWork


def ignore_step(step: str) -> None:
    """Observe nothing."""


def ignore_contact(contact: Contact) -> None:
    """Take no note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceParts:
    """What makes one device differ from another: its ports."""

    vitals: VitalsSource
    installer: Installer
    store: StateStore
    patience: Patience
    on_contact: Callable[[Contact], None] = ignore_contact
    on_step: StepObserver = ignore_step


def assemble(http: httpx.AsyncClient, enrolment: Enrolment, parts: DeviceParts) -> DeviceLoop:
    """A device that is ready to run. Many devices may share one HTTP client."""
    api = DeviceApi(PlatformConnection(http, parts.patience.clock), enrolment)
    run = DeploymentRun(api, parts.installer, ArtifactFetch(api, http, parts.patience), parts.patience)
    return DeviceLoop(
        api=api,
        vitals=parts.vitals,
        installer=parts.installer,
        deployments=DeploymentWork(run, parts.installer, parts.store, parts.patience.clock, parts.on_step),
        tasks=TaskWork(api, parts.vitals, parts.patience),
        patience=parts.patience,
        on_contact=parts.on_contact,
    )
