"""What tasks this device can do. To add one: write its function, list it in TASK_TYPES."""

from collections.abc import Awaitable, Callable
from typing import Any

from ringtree_device.ports import VitalsSource


async def collect_vitals(payload: Any, vitals: VitalsSource) -> Any:  # noqa: ARG001 - every task has the same shape
    """Measure the device now."""
    return vitals.sample().to_json()


async def echo(payload: Any, vitals: VitalsSource) -> Any:  # noqa: ARG001 - every task has the same shape
    """Answer what was asked; shows that tasks reach the device."""
    return payload


TaskType = Callable[[Any, VitalsSource], Awaitable[Any]]

TASK_TYPES: dict[str, TaskType] = {
    "collect_vitals": collect_vitals,
    "echo": echo,
}
