"""How a release goes out: the plan of a deployment, and the batches cut from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

BATCH_SIZE_LIMIT = 500
"""500 ids of up to 100 characters stay well inside the 256 KiB that Step Functions passes to a batch."""
OPEN_BATCHES_LIMIT = 200
"""The analyst of a ring tells every open batch of a halt in one turn; its outbox holds that many."""
BATCH_TIMEOUT_LIMIT = timedelta(days=13)
"""SQS keeps a message for at most 14 days."""


class PlanError(ValueError):
    """A plan breaks a rule; the message names every broken one."""


@dataclass(frozen=True, slots=True)
class RingPolicy:
    """How one ring is filled and judged."""

    batch_size: int = 100
    max_open_batches: int = 10
    """Batches of the ring at work at one time: the cap on its blast radius."""
    batch_timeout: timedelta = timedelta(hours=24)
    """A device that has not ended its install by then counts as silent, which is a failure."""
    tolerated_failure_share: float = 0.05
    """Failures among ended installs, 0..1, above which the ring is halted."""
    minimum_sample: int = 5
    """Ended installs before the share is judged; a smaller ring is judged when all its devices have ended."""
    bake_time: timedelta = timedelta(hours=1)
    """How long the filled ring must stay healthy before the next ring opens."""

    def problems(self, where: str) -> list[str]:
        """Everything wrong with the policy, each with its path and remedy."""
        rules = (
            (1 <= self.batch_size <= BATCH_SIZE_LIMIT, "batch_size", f"must be 1 to {BATCH_SIZE_LIMIT}"),
            (
                1 <= self.max_open_batches <= OPEN_BATCHES_LIMIT,
                "max_open_batches",
                f"must be 1 to {OPEN_BATCHES_LIMIT}",
            ),
            (
                timedelta(0) < self.batch_timeout <= BATCH_TIMEOUT_LIMIT,
                "batch_timeout",
                f"must be above 0 and at most {BATCH_TIMEOUT_LIMIT.days} days",
            ),
            (0 <= self.tolerated_failure_share < 1, "tolerated_failure_share", "must be 0 or more and below 1"),
            (self.minimum_sample >= 1, "minimum_sample", "must be 1 or more"),
            (timedelta(0) <= self.bake_time <= timedelta(days=13), "bake_time", "must be 0 to 13 days"),
        )
        return [f"{where}.{name}: {remedy}" for holds, name, remedy in rules if not holds]


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """Which rings, in which order, under which policy. A ring without a policy of its own has the default one."""

    rings: tuple[str, ...]
    policy: RingPolicy = field(default_factory=RingPolicy)

    def check(self) -> None:
        """Raise PlanError naming every broken rule at once."""
        problems = self.policy.problems("plan.policy")
        if not self.rings:
            problems.append("plan.rings: name at least one ring")
        if len(set(self.rings)) != len(self.rings):
            problems.append("plan.rings: each ring may be named once")
        if problems:
            raise PlanError("; ".join(problems))


def cut_batches(device_ids: Sequence[str], batch_size: int) -> list[tuple[str, ...]]:
    """Cut the devices of a ring into batches of at most ``batch_size``, in the order given."""
    return [tuple(device_ids[start : start + batch_size]) for start in range(0, len(device_ids), batch_size)]
