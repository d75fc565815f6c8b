"""A platform for one test: the device API as the contract says, in memory, with faults on order."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

ARTIFACT_HOST = "artifacts.test"
FINAL = {"done", "failed", "rolled_back", "deferred"}


@dataclass
class Answer:
    """An HTTP answer; ``breaks_off`` cuts the connection after the chunks."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    breaks_off: bool = False


@dataclass
class Faults:
    """What goes wrong, counted down."""

    unavailable: int = 0
    retry_after: str | None = None
    corrupt_downloads: int = 0
    expired_urls: int = 0
    break_off_after: list[int] = field(default_factory=list)
    """Bytes after which the next downloads break off."""
    ignores_ranges: bool = False
    refuse_tokens: bool = False
    slow_downloads: bool = False
    largest_result_bytes: int = 1000


@dataclass(frozen=True)
class Progress:
    """One progress post that was taken."""

    deployment_id: str
    state: str
    running_release: str | None
    reason: str


class PlatformDouble:
    """Holds one device's work; an outcome ends it, and what is ended takes no progress any more."""

    def __init__(self, artifact_base_url: str = f"http://{ARTIFACT_HOST}") -> None:
        self.artifact_base_url = artifact_base_url
        self.enrolment_token = "enrol-me"
        self.device_token = "rtd1.d-1.secret"
        self.next_heartbeat_seconds: float = 1.0
        self.faults = Faults()
        self.archives: dict[str, bytes] = {}
        self.releases: dict[str, dict[str, Any]] = {}
        self.deployment: dict[str, Any] | None = None
        self.tasks: list[dict[str, Any]] = []
        self.heartbeats: list[dict[str, Any]] = []
        self.progress: list[Progress] = []
        self.refused_progress: list[tuple[str, str]] = []
        self.task_results: dict[str, dict[str, Any]] = {}
        self.enrolments: list[dict[str, Any]] = []
        self.downloads: list[dict[str, str]] = []
        self.urls_given = 0
        self.requests = 0

    def publish(self, version: str, archive: bytes, sha256: str) -> None:
        """Hold a release."""
        self.archives[version] = archive
        self.releases[version] = {"version": version, "size_bytes": len(archive), "sha256": sha256}

    def offer(self, deployment_id: str, version: str | None, action: str = "install") -> None:
        """Put a deployment into the device's hands."""
        release = None if version is None else self.releases[version]
        self.deployment = {"deployment_id": deployment_id, "action": action, "release": release}

    def withdraw(self) -> None:
        """Halt."""
        self.deployment = None

    def outcome_of(self, deployment_id: str) -> Progress | None:
        """The last outcome that was taken."""
        return next((p for p in reversed(self.progress) if p.deployment_id == deployment_id and p.state in FINAL), None)

    def states_of(self, deployment_id: str) -> list[str]:
        """All states that were taken, in order."""
        return [p.state for p in self.progress if p.deployment_id == deployment_id]

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request."""
        self.requests += 1
        if path.startswith("/archives/"):
            return self._artifact(path, headers)
        if self.faults.unavailable > 0:
            self.faults.unavailable -= 1
            retry_after = {"Retry-After": self.faults.retry_after} if self.faults.retry_after else {}
            return Answer(503 if not retry_after else 429, b"busy", retry_after)
        return self._api(method, path, headers.get("authorization", ""), json.loads(body) if body else {})

    def _api(self, method: str, path: str, authorization: str, body: dict[str, Any]) -> Answer:
        if (method, path) == ("POST", "/device/v1/enrol"):
            return self._enrol(authorization, body)
        if self.faults.refuse_tokens or authorization != f"Bearer {self.device_token}":
            return _error(401, "the token is not valid")
        return self._device_api(method, path, body)

    def _device_api(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        if (method, path) == ("POST", "/device/v1/heartbeats"):
            self.heartbeats.append(body)
            work = {"deployment": self.deployment, "tasks": self.tasks}
            return _json(200, {"next_heartbeat_seconds": self.next_heartbeat_seconds, "work": work})
        if found := re.fullmatch(r"/device/v1/releases/([^/]+)/artifact", path):
            return self._artifact_source(found[1])
        if found := re.fullmatch(r"/device/v1/deployments/([^/]+)/progress", path):
            return self._progress(found[1], body)
        if found := re.fullmatch(r"/device/v1/tasks/([^/]+)/result", path):
            if len(json.dumps(body["result"])) > self.faults.largest_result_bytes:
                return _error(422, "the result is too large")
            self.task_results[found[1]] = body
            self.tasks = [task for task in self.tasks if task["task_id"] != found[1]]
            return _json(202, {"accepted": True})
        return _error(404, f"no route {method} {path}")

    def _enrol(self, authorization: str, body: dict[str, Any]) -> Answer:
        if authorization != f"Bearer {self.enrolment_token}":
            return _error(401, "the enrolment token is not valid")
        self.enrolments.append(body)
        answer = {
            "device_id": body["device_id"],
            "device_token": self.device_token,
            "ring": body.get("ring", "canary"),
            "next_heartbeat_seconds": 1,
        }
        return _json(201, answer)

    def _progress(self, deployment_id: str, body: dict[str, Any]) -> Answer:
        if self.deployment is None or self.deployment["deployment_id"] != deployment_id:
            self.refused_progress.append((deployment_id, body["state"]))
            return _error(409, f"{deployment_id} is not this device's work any more")
        progress = Progress(deployment_id, body["state"], body["running_release"], body.get("reason", ""))
        self.progress.append(progress)
        if progress.state in FINAL:
            self.deployment = None
        return _json(202, {"accepted": True})

    def _artifact_source(self, version: str) -> Answer:
        if version not in self.releases:
            return _error(404, f"release {version} is not known")
        self.urls_given += 1
        release = self.releases[version]
        url = f"{self.artifact_base_url}/archives/{version}?signature={self.urls_given}"
        return _json(200, {**release, "url": url, "expires_in_seconds": 900})

    def _artifact(self, path: str, headers: dict[str, str]) -> Answer:
        self.downloads.append(headers)
        if self.faults.expired_urls > 0:
            self.faults.expired_urls -= 1
            return Answer(403, b"<Code>AccessDenied</Code><Message>Request has expired</Message>")
        version = path.removeprefix("/archives/").partition("?")[0]
        archive = self.archives[version]
        if self.faults.corrupt_downloads > 0:
            self.faults.corrupt_downloads -= 1
            archive = bytes([archive[0] ^ 1]) + archive[1:]
        return self._ranged(archive, f'"etag-{version}"', headers)

    def _ranged(self, archive: bytes, etag: str, headers: dict[str, str]) -> Answer:
        start, status = 0, 200
        answer_headers = {"ETag": etag, "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
        if asked and not self.faults.ignores_ranges and headers.get("if-range", etag) == etag:
            start, status = int(asked[1]), 206
            if start >= len(archive):
                return Answer(416, headers={"Content-Range": f"bytes */{len(archive)}"})
            answer_headers["Content-Range"] = f"bytes {start}-{len(archive) - 1}/{len(archive)}"
        body = archive[start:]
        answer_headers["Content-Length"] = str(len(body))
        if self.faults.break_off_after:
            return Answer(status, body[: self.faults.break_off_after.pop(0)], answer_headers, breaks_off=True)
        return Answer(status, body, answer_headers)


def _json(status: int, values: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(values).encode(), {"Content-Type": "application/json"})


def _error(status: int, message: str) -> Answer:
    return _json(status, {"error": {"code": "refused", "message": message}})
