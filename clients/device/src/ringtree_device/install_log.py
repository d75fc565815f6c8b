"""The record of every change of what this device runs: one line for each, never two for one."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from ringtree_device.durable_files import append_durably, write_durably
from ringtree_device.ports import Switch

FILE_NAME = "installs.jsonl"


class InstallLog:
    """A file of JSON lines: when, for which deployment, from which release to which."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE_NAME

    def record(self, switch: Switch, now: datetime) -> None:
        """Add a line, unless this switch has its line already."""
        self._drop_torn_line()
        if any(_is_of(line, switch) for line in self.lines()):
            return
        line = {"at": now.isoformat(), **asdict(switch)}
        append_durably(self._path, f"{json.dumps(line)}\n".encode())

    def lines(self) -> list[dict[str, Any]]:
        """All whole lines, oldest first."""
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def _drop_torn_line(self) -> None:
        """A crash may have left the last line without its end."""
        content = self._path.read_bytes() if self._path.exists() else b""
        if content and not content.endswith(b"\n"):
            write_durably(self._path, content[: content.rfind(b"\n") + 1])


def _is_of(line: dict[str, Any], switch: Switch) -> bool:
    return (line["deployment_id"], line["kind"]) == (switch.deployment_id, switch.kind)
