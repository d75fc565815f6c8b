"""A bill: lines of units at a price."""

from collections.abc import Iterable
from dataclasses import dataclass

from lab.cost_model.prices import IOT_JOB_FIRST, IOT_JOB_FURTHER, IOT_JOBS_OF_THE_FIRST_TIER, Price


@dataclass(frozen=True, slots=True)
class BillLine:
    """Units of one thing that AWS charges for."""

    what: str
    units: float
    price: Price
    is_assumed: bool = False
    """Whether the units are an assumption about AWS and not a count."""

    @property
    def usd(self) -> float:
        """What the line costs."""
        return self.units * self.price.usd

    def times(self, factor: float) -> "BillLine":
        """The same line for more or fewer of what was billed."""
        return BillLine(self.what, self.units * factor, self.price, self.is_assumed)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a piece of work costs."""

    lines: tuple[BillLine, ...]

    @property
    def usd(self) -> float:
        """All of it."""
        return sum(line.usd for line in self.lines)

    @property
    def counted_usd(self) -> float:
        """Without what is assumed."""
        return sum(line.usd for line in self.lines if not line.is_assumed)

    def times(self, factor: float) -> "Bill":
        """The same bill for more or fewer of what was billed."""
        return Bill(tuple(line.times(factor) for line in self.lines))


def bill_of(lines: Iterable[BillLine]) -> Bill:
    """Put lines together; those without units are left out."""
    return Bill(tuple(line for line in lines if line.units))


def iot_jobs_usd(device_updates: int) -> float:
    """What AWS IoT Jobs charges for as many device updates in one month, messages not included."""
    first = min(device_updates, IOT_JOBS_OF_THE_FIRST_TIER)
    return first * IOT_JOB_FIRST.usd + (device_updates - first) * IOT_JOB_FURTHER.usd
