"""Vitals of this machine, by psutil."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from ringtree_device.vitals import Vitals

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class PsutilVitals:
    """A VitalsSource that measures."""

    def __init__(self, root: Path, crash_count: Callable[[], int]) -> None:
        self._root = root
        self._crash_count = crash_count
        self._boot_id = _boot_id()
        psutil.cpu_percent(interval=None)  # later calls tell the load since the call before

    @property
    def boot_id(self) -> str:
        """The kernel's boot id, or the time of boot where there is none."""
        return self._boot_id

    def sample(self) -> Vitals:
        """Measure now. The disk is the one that holds the releases."""
        battery = _battery()
        return Vitals(
            cpu_percent=psutil.cpu_percent(interval=None),
            memory_percent=psutil.virtual_memory().percent,
            disk_percent=psutil.disk_usage(str(self._root)).percent,
            battery_percent=None if battery is None else float(battery.percent),
            is_charging=None if battery is None else battery.power_plugged,
            crash_count=self._crash_count(),
        )


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return f"boot-{psutil.boot_time():.0f}"


def _battery() -> Any:
    """The battery; machines without one, and platforms psutil cannot ask, have none."""
    read = getattr(psutil, "sensors_battery", None)
    if read is None:
        return None
    try:
        return read()
    except (OSError, RuntimeError):
        return None
