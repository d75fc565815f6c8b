"""Reads the emulator's count of AWS calls: what a piece of work made, as the difference of two readings."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

_PATH = "/_ringtree/calls"
_RESOURCES_PATH = "/_ringtree/calls/resources"
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class CallCounts:
    """AWS calls by (service, operation)."""

    by_operation: Counter[tuple[str, str]]
    by_resource: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Of them, by (service, operation, name of the function or queue), what services did for each other."""

    @property
    def total(self) -> int:
        """All calls of all services."""
        return self.by_operation.total()

    def by_service(self) -> dict[str, int]:
        """Calls of each service, most first."""
        services: Counter[str] = Counter()
        for (service, _), calls in self.by_operation.items():
            services[service] += calls
        return dict(services.most_common())

    def of(self, service: str, operation: str | None = None) -> int:
        """Calls of one service, or of one of its operations."""
        return sum(
            calls
            for (of_service, of_operation), calls in self.by_operation.items()
            if of_service == service and operation in (None, of_operation)
        )

    def of_resource(self, service: str, operation: str, part_of_name: str) -> int:
        """Calls for the functions or queues with these words in their name."""
        return sum(
            calls
            for (of_service, of_operation, name), calls in self.by_resource.items()
            if (of_service, of_operation) == (service, operation) and part_of_name in name
        )

    def __sub__(self, earlier: "CallCounts") -> "CallCounts":
        """What was called since an earlier reading of the same emulator."""
        return CallCounts(self.by_operation - earlier.by_operation, self.by_resource - earlier.by_resource)


def read_call_counts(endpoint_url: str) -> CallCounts:
    """Read the calls made since the emulator at this URL started."""
    by_service = _read(f"{endpoint_url}{_PATH}")
    by_operation = {
        (service, operation): calls
        for service, operations in by_service.items()
        for operation, calls in operations.items()
    }
    by_resource = {
        (service, operation, resource): calls
        for service, operations in _read(f"{endpoint_url}{_RESOURCES_PATH}").items()
        for operation, resources in operations.items()
        for resource, calls in resources.items()
    }
    return CallCounts(Counter(by_operation), Counter(by_resource))


def _read(url: str) -> Any:
    response = httpx.get(url, timeout=_TIMEOUT_SECONDS, trust_env=False)
    response.raise_for_status()
    return response.json()
