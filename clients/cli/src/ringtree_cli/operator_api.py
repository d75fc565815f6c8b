"""The operator API as a typed client: for the command line, the demo, tests and benchmarks."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from ringtree_cli.agent_messaging import AgentMessaging, agent_path
from ringtree_cli.answers import (
    Agent,
    AgentPage,
    Deployment,
    DeploymentSummary,
    Device,
    DeviceOutcome,
    DevicePage,
    Release,
    ReleaseUpload,
    Ring,
    Task,
    TaskAccepted,
)
from ringtree_cli.dead_letters import DeadLetters
from ringtree_cli.decoding import decode
from ringtree_cli.errors import PlatformFailedError
from ringtree_cli.journal_answers import JournalPage, Rebuild
from ringtree_cli.platform_address import PlatformAddress, read_platform
from ringtree_cli.platform_connection import PlatformConnection

T = TypeVar("T")
PAGE_SIZE = 100


class OperatorApi:
    """One method per route; raises the errors of `ringtree_cli.errors`."""

    def __init__(self, connection: PlatformConnection) -> None:
        self._connection = connection
        self.messaging = AgentMessaging(connection)
        """What agents are told and asked, and how their runtime is commanded."""
        self.letters = DeadLetters(connection)
        """Messages that agents could not handle."""

    @classmethod
    def at(cls, address: PlatformAddress) -> "OperatorApi":
        """The API of the platform at an address."""
        return cls(PlatformConnection(address))

    @classmethod
    def of_file(cls, file: Path) -> "OperatorApi":
        """The API of the platform that a file such as ``.ringtree/embedded.json`` names."""
        return cls.at(read_platform(file))

    def close(self) -> None:
        """Give the sockets back."""
        self._connection.close()

    # devices

    def device_page(self, ring: str | None = None, limit: int = PAGE_SIZE, cursor: str | None = None) -> DevicePage:
        """Some devices, of one ring or of all."""
        return decode(DevicePage, self._connection.get("/v1/devices", {"ring": ring, "limit": limit, "cursor": cursor}))

    def devices(self, ring: str | None = None) -> Iterator[Device]:
        """Every device, page by page."""
        return self._every(Device, "/v1/devices", "devices", {"ring": ring, "limit": PAGE_SIZE})

    def device(self, device_id: str) -> Device:
        """One device."""
        return decode(Device, self._connection.get(f"/v1/devices/{_segment(device_id)}"))

    def assign_ring(self, device_id: str, ring: str) -> None:
        """Move a device to another ring; takes effect with the next deployment."""
        self._connection.send("PATCH", f"/v1/devices/{_segment(device_id)}", {"ring": ring})

    # rings

    def rings(self) -> tuple[Ring, ...]:
        """Every ring, first to last."""
        return tuple(sorted(self._every(Ring, "/v1/rings", "rings"), key=lambda ring: ring.order))

    def set_ring(self, name: str, order: int, share: float) -> Ring:
        """Create a ring or change it. ``share`` is 0..1."""
        return decode(
            Ring, self._connection.send("PUT", f"/v1/rings/{_segment(name)}", {"order": order, "share": share})
        )

    # releases

    def releases(self) -> tuple[Release, ...]:
        """Every release."""
        return tuple(self._every(Release, "/v1/releases", "releases"))

    def release(self, version: str) -> Release:
        """One release."""
        return _only(Release, self._connection.get(f"/v1/releases/{_segment(version)}"), "release")

    def create_release(self, version: str, size_bytes: int, sha256: str, file_name: str) -> ReleaseUpload:
        """Declare a release and get the permission to upload its archive."""
        body = {"version": version, "size_bytes": size_bytes, "sha256": sha256, "file_name": file_name}
        return decode(ReleaseUpload, self._connection.send("POST", "/v1/releases", body))

    def renew_upload(self, version: str) -> ReleaseUpload:
        """Get the permission to upload again."""
        return decode(ReleaseUpload, self._connection.send("POST", f"/v1/releases/{_segment(version)}/upload-url"))

    def finalise_release(self, version: str) -> Release:
        """Have the platform compare the upload with what was declared; then devices may have it."""
        return _only(Release, self._connection.send("POST", f"/v1/releases/{_segment(version)}/finalise"), "release")

    # deployments

    def deployments(self) -> tuple[DeploymentSummary, ...]:
        """Every deployment, as it was asked for."""
        return tuple(self._every(DeploymentSummary, "/v1/deployments", "deployments"))

    def deployment(self, deployment_id: str) -> Deployment:
        """One deployment with the progress of its rings."""
        return decode(Deployment, self._connection.get(f"/v1/deployments/{_segment(deployment_id)}"))

    def start_deployment(self, deployment_id: str, release: str, plan: Mapping[str, object]) -> Deployment:
        """Start, or find the same deployment started before. What the plan leaves out is the platform's default."""
        body = {"deployment_id": deployment_id, "release": release, "plan": plan}
        return decode(Deployment, self._connection.send("POST", "/v1/deployments", body))

    def device_outcomes(self, deployment_id: str, ring: str | None = None) -> tuple[DeviceOutcome, ...]:
        """What became of each device of a deployment."""
        path = f"/v1/deployments/{_segment(deployment_id)}/devices"
        return tuple(self._every(DeviceOutcome, path, "devices", {"ring": ring}))

    def pause_deployment(self, deployment_id: str, reason: str) -> None:
        """Open no further batch and no further ring."""
        self._command_deployment(deployment_id, "pause", reason)

    def resume_deployment(self, deployment_id: str, reason: str) -> None:
        """Go on after a pause."""
        self._command_deployment(deployment_id, "resume", reason)

    def abort_deployment(self, deployment_id: str, reason: str) -> None:
        """Stop, and roll back the ring that is being filled."""
        self._command_deployment(deployment_id, "abort", reason)

    def _command_deployment(self, deployment_id: str, command: str, reason: str) -> None:
        body = {"reason": reason} if reason else {}
        self._connection.send("POST", f"/v1/deployments/{_segment(deployment_id)}/{command}", body)

    # tasks

    def submit_task(
        self, task_type: str, payload: Mapping[str, Any], priority: str, target: str | None
    ) -> TaskAccepted:
        """Queue a task for a device, or for the least loaded one that fits."""
        body = {"type": task_type, "payload": payload, "priority": priority, **({"target": target} if target else {})}
        return decode(TaskAccepted, self._connection.send("POST", "/v1/tasks", body))

    def task(self, task_id: str) -> Task:
        """One task, its status and result."""
        return decode(Task, self._connection.get(f"/v1/tasks/{_segment(task_id)}"))

    # agents

    def agent_page(self, kind: str | None = None, limit: int = PAGE_SIZE, cursor: str | None = None) -> AgentPage:
        """Some agents, of one kind or of all."""
        return decode(AgentPage, self._connection.get("/v1/agents", {"kind": kind, "limit": limit, "cursor": cursor}))

    def agent(self, address: str) -> Agent:
        """One agent by its address ``kind/key``."""
        return decode(Agent, self._connection.get(agent_path(address)))

    def journal_page(self, address: str, limit: int = PAGE_SIZE, cursor: str | None = None) -> JournalPage:
        """Some committed versions of an agent, newest first."""
        path = f"/v1/agents/{quote(address, safe='/')}/journal"
        return decode(JournalPage, self._connection.get(path, {"limit": limit, "cursor": cursor}))

    def rebuild(self, address: str, version: int) -> Rebuild:
        """A version of an agent, rebuilt from what it was told and compared with what was committed."""
        path = f"/v1/agents/{quote(address, safe='/')}/rebuild"
        return decode(Rebuild, self._connection.get(path, {"version": version}))

    def _every(
        self, kind: type[T], path: str, name: str, query: Mapping[str, str | int | None] | None = None
    ) -> Iterator[T]:
        """Everything a list holds, page by page."""
        cursor: str | None = None
        while True:
            page = self._connection.get(path, {**(query or {}), "cursor": cursor})
            if not isinstance(page, dict) or not isinstance(page.get(name), list):
                raise PlatformFailedError(f"the platform answered no list of {name}")
            yield from (decode(kind, item, f"{name}[{number}]") for number, item in enumerate(page[name]))
            cursor = page.get("cursor")
            if cursor is None:
                return


def _segment(text: str) -> str:
    """A text as one segment of a path, whatever it contains."""
    return quote(text, safe="")


def _only(kind: type[T], document: Any, name: str) -> T:
    """The one thing that an answer holds."""
    return decode(kind, document.get(name) if isinstance(document, dict) else None, name)
