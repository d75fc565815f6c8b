"""Reads the emulator's count of AWS calls: what a piece of work made, as the difference of two readings."""

from collections import Counter
from dataclasses import dataclass

import httpx

_PATH = "/_ringtree/calls"
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class CallCounts:
    """AWS calls by (service, operation)."""

    by_operation: Counter[tuple[str, str]]

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

    def __sub__(self, earlier: "CallCounts") -> "CallCounts":
        """What was called since an earlier reading of the same emulator."""
        return CallCounts(self.by_operation - earlier.by_operation)


def read_call_counts(endpoint_url: str) -> CallCounts:
    """Read the calls made since the emulator at this URL started."""
    response = httpx.get(f"{endpoint_url}{_PATH}", timeout=_TIMEOUT_SECONDS, trust_env=False)
    response.raise_for_status()
    return CallCounts(
        Counter(
            {
                (service, operation): calls
                for service, operations in response.json().items()
                for operation, calls in operations.items()
            }
        )
    )
