"""A platform double for many devices: each has its own work, all share the releases."""

import json

from tests.unit.device_client.platform_double import Answer, PlatformDouble


class FleetDouble:
    """Answers enrolments itself and hands every other request to the double of the device whose token it carries."""

    def __init__(self) -> None:
        self.artifact_base_url = ""
        self.devices: dict[str, PlatformDouble] = {}
        self._archives = PlatformDouble()

    def publish(self, version: str, archive: bytes, sha256: str) -> None:
        self._archives.publish(version, archive, sha256)

    def offer_to_all(self, deployment_id: str, version: str) -> None:
        for platform in self.devices.values():
            platform.offer(deployment_id, version)

    def outcomes_of(self, deployment_id: str) -> dict[str, str]:
        """Outcome by device, of those that have one."""
        outcomes = {device_id: platform.outcome_of(deployment_id) for device_id, platform in self.devices.items()}
        return {device_id: outcome.state for device_id, outcome in outcomes.items() if outcome is not None}

    @property
    def downloads(self) -> int:
        return len(self._archives.downloads)

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if path.startswith("/archives/"):
            return self._archives.handle(method, path, headers, body)
        if path.endswith("/enrol"):
            return self._enrol(method, path, headers, body)
        _, device_id, _ = headers["authorization"].split(".")
        return self.devices[device_id].handle(method, path, headers, body)

    def _enrol(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        device_id = json.loads(body)["device_id"]
        platform = PlatformDouble(self.artifact_base_url)
        platform.device_token = f"rtd1.{device_id}.secret"
        platform.next_heartbeat_seconds = 0.2
        platform.archives, platform.releases = self._archives.archives, self._archives.releases
        self.devices[device_id] = platform
        return platform.handle(method, path, headers, body)
