"""The evidence on which a ring is judged."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """Devices of a ring by the outcome of their install. As a change, counts may be negative."""

    done: int = 0
    failed: int = 0
    rolled_back: int = 0
    silent: int = 0
    deferred: int = 0
    cancelled: int = 0

    def __add__(self, other: "OutcomeCounts") -> "OutcomeCounts":
        return OutcomeCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other: "OutcomeCounts") -> "OutcomeCounts":
        return OutcomeCounts(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    @property
    def failures(self) -> int:
        """Installs that went wrong: reported, undone by the device, or never heard of again."""
        return self.failed + self.rolled_back + self.silent

    @property
    def judged(self) -> int:
        """Installs that count as evidence for or against the release."""
        return self.done + self.failures

    @property
    def ended(self) -> int:
        """Device deployments that have come to an end, evidence or not."""
        return self.judged + self.deferred + self.cancelled


@dataclass(frozen=True, slots=True)
class RingHealth:
    """What is known of a ring at one moment."""

    devices: int
    outcomes: OutcomeCounts
