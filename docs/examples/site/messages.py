"""What a site can be told."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AskForSlot:
    """A device wants to download. Answered when it may: with a Slot, at once or once one is free."""

    device: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Leave to download until ``ends``; later it may be another's."""

    device: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class ReleaseSlot:
    """A device has finished its download."""

    device: str


@dataclass(frozen=True, slots=True)
class SlotExpired:
    """A device did not give its slot back in time; the site tells itself."""

    device: str


@dataclass(frozen=True, slots=True)
class UplinkChanged:
    """The line of the site became wider or narrower; announced under ``site/<site>/uplink``."""

    slots: int
