"""Counts the lives of this client that ended without a goodbye."""

import json
from pathlib import Path
from typing import Any

from ringtree_device.durable_files import write_durably

FILE_NAME = "session.json"


class ClientSession:
    """Marks the client as running; a mark that is still there at the next start is a crash."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE_NAME
        self._crash_count = 0

    @property
    def crash_count(self) -> int:
        """Unclean ends since the device was enrolled: kills, crashes, power cuts."""
        return self._crash_count

    def begin(self) -> None:
        """Start a life; the one before counts as a crash if it did not end."""
        before = read_session(self._path.parent)
        self._crash_count = before["crash_count"] + (1 if before["is_running"] else 0)
        self._write(is_running=True)

    def end(self) -> None:
        """End a life in good order."""
        self._write(is_running=False)

    def _write(self, *, is_running: bool) -> None:
        session = {"crash_count": self._crash_count, "is_running": is_running}
        write_durably(self._path, json.dumps(session).encode())


def read_session(root: Path) -> dict[str, Any]:
    """The session file of a folder; one that is missing or broken counts no crash."""
    try:
        session = json.loads((root / FILE_NAME).read_bytes())
        return {"crash_count": int(session["crash_count"]), "is_running": bool(session["is_running"])}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {"crash_count": 0, "is_running": False}
