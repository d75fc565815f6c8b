"""The plan of a deployment as options of the command line; what is left out is the platform's default."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RolloutOptions:
    """What the operator said of the plan."""

    rings: Sequence[str] = ()
    batch_size: int | None = None
    max_open_batches: int | None = None
    bake: timedelta | None = None
    tolerated_failure_share: float | None = None
    minimum_sample: int | None = None
    batch_timeout: timedelta | None = None

    def to_plan(self) -> dict[str, object]:
        """The ``plan`` of POST /v1/deployments."""
        policy = {
            "batch_size": self.batch_size,
            "max_open_batches": self.max_open_batches,
            "batch_timeout_seconds": _seconds(self.batch_timeout),
            "tolerated_failure_share": self.tolerated_failure_share,
            "minimum_sample": self.minimum_sample,
            "bake_time_seconds": _seconds(self.bake),
        }
        plan: dict[str, object] = {"policy": {name: value for name, value in policy.items() if value is not None}}
        return {**plan, "rings": list(self.rings)} if self.rings else plan


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def parse_share(text: str) -> float:
    """Read a share as ``0.05`` or ``5%``; raises ValueError naming the text and both forms."""
    try:
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise ValueError(f"{text!r} is not a share below 1; write it as 0.05 or as 5%")
    return value
