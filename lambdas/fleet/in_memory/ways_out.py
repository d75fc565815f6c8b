"""The bus and the supervisors in memory: what was published and started is remembered."""

from collections.abc import Mapping
from typing import Any


class InMemoryEventBus:
    """An EventBus that remembers events by id, repeats once."""

    def __init__(self) -> None:
        self.published: dict[str, Any] = {}

    def publish(self, event: Any, event_id: str) -> None:
        """Remember an event."""
        self.published.setdefault(event_id, event)


class InMemoryDeploymentExecutions:
    """A DeploymentExecutions that remembers what was started."""

    def __init__(self) -> None:
        self.started: dict[str, Mapping[str, Any]] = {}

    def start(self, deployment_id: str, execution_input: Mapping[str, Any]) -> bool:
        """Remember a start unless there was one."""
        is_new = deployment_id not in self.started
        self.started.setdefault(deployment_id, execution_input)
        return is_new
