"""The last contact with the platform, for ``ringtree-device status``."""

import json
from pathlib import Path
from typing import Any

from ringtree_device.device_loop import Contact

FILE_NAME = "contact.json"


class ContactFile:
    """Keeps the last contact. Not synced to disk: it may be lost, and flash wears out."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE_NAME
        self._last_success: str | None = read_contact(root)["last_heartbeat_at"]

    def write(self, contact: Contact) -> None:
        """Take note of one heartbeat."""
        if contact.problem is None:
            self._last_success = contact.at.isoformat()
        values = {"last_heartbeat_at": self._last_success, "problem": contact.problem}
        unfinished = self._path.with_name(f"{FILE_NAME}.new")
        unfinished.write_text(json.dumps(values))
        unfinished.replace(self._path)


def read_contact(root: Path) -> dict[str, Any]:
    """The last contact of a folder; empty when there was none."""
    try:
        values = json.loads((root / FILE_NAME).read_bytes())
        return {"last_heartbeat_at": values["last_heartbeat_at"], "problem": values["problem"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {"last_heartbeat_at": None, "problem": None}
