"""One line of the list that a Distributed Map works through: a batch to be opened."""

from dataclasses import dataclass

import msgspec

from lambdas.agents.batch.messages import BatchPurpose
from lambdas.fleet.releases import Release


@dataclass(frozen=True, slots=True)
class BatchLine:
    """What the state machine sends on as ``OpenBatch``, with a task token of its own, and where to."""

    batch: str
    """Address, ``batch/...``."""
    deployment_id: str
    ring: str
    number: int
    purpose: BatchPurpose
    release: Release
    devices: tuple[str, ...]
    timeout_seconds: float

    def encoded(self) -> bytes:
        """Write the line as JSON, without a line break."""
        return msgspec.json.encode(self)
