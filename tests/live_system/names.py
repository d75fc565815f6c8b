"""Names of a test's own, so that tests on one system do not see each other's devices."""

import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Names:
    """Everything of one test ends in, or begins with, the same few letters."""

    mark: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:8]}")

    def ring(self, name: str) -> str:
        return f"{self.mark}-{name}"

    def device(self, name: object) -> str:
        return f"{self.mark}-{name}"

    def deployment(self, name: str) -> str:
        return f"{self.mark}-{name}"

    def release(self, version: str) -> str:
        return f"{version}-{self.mark}"
