"""Which process the emulator is, written down so that another command finds it and takes no other process for it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class EmulatorRecord:
    """A process is known by its id and its start: ids are used again."""

    pid: int
    created: float
    port: int

    @classmethod
    def of(cls, process: psutil.Process, port: int) -> "EmulatorRecord":
        """Describe a running process."""
        return cls(process.pid, process.create_time(), port)

    @classmethod
    def read(cls, path: Path) -> "EmulatorRecord | None":
        """Read the record; None when there is none, or none that can be read."""
        try:
            return cls(**json.loads(path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Write the record."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self)))

    def process(self) -> psutil.Process | None:
        """Answer the process while it is alive and the same."""
        try:
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.created) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if is_same else None
