"""Speaks as a device, word by word, also what no well-behaved client would say."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

VITALS = {"cpu_percent": 12.5, "memory_percent": 40.0, "disk_percent": 55.0}


@dataclass(frozen=True, slots=True)
class DeviceVoice:
    """One device and its token."""

    http: httpx.Client
    url: str
    device_id: str
    token: str = field(repr=False)

    @classmethod
    def enrol(cls, http: httpx.Client, url: str, enrolment_token: str, device_id: str, ring: str) -> "DeviceVoice":
        """Join the fleet."""
        answer = http.post(
            f"{url}/device/v1/enrol",
            headers={"Authorization": f"Bearer {enrolment_token}"},
            json={"device_id": device_id, "ring": ring},
        )
        assert answer.status_code == 201, answer.text
        return cls(http, url, device_id, answer.json()["device_token"])

    def say(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Make a request with the device's own token."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        content = {} if body is None else {"json": body}
        return self.http.request(method, f"{self.url}/device/v1/{path}", headers=headers, **content, **more)

    def heartbeat_body(self, **changes: Any) -> dict[str, Any]:
        """What a heartbeat says, with some of it changed."""
        body = {
            "device_id": self.device_id,
            "sampled_at": datetime.now(UTC).isoformat(),
            "boot_id": "boot-1",
            "running_release": None,
            "vitals": VITALS,
        }
        return {**body, **changes}

    def progress_body(self, **changes: Any) -> dict[str, Any]:
        """What a report of progress says, with some of it changed."""
        return {"device_id": self.device_id, "state": "downloading", "running_release": None, **changes}
