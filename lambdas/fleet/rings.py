"""Rings: who gets a release first."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

RING_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,23}")
"""Short enough for the addresses of a deployment's batches, which hold it."""


class NoRingError(ValueError):
    """No ring takes a share of the fleet, so a device cannot be placed."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A named part of the fleet. Releases reach rings in ascending ``order``."""

    name: str
    order: int
    share: float
    """Part of newly enrolled devices that land here, 0..1; the shares of all rings are weighed against one another."""


DEFAULT_RINGS = (Ring("canary", 1, 0.10), Ring("early", 2, 0.30), Ring("broad", 3, 0.60))


def assign_ring(device_id: str, rings: Sequence[Ring]) -> str:
    """Place a device by the hash of its id: random over the fleet, the same at every call.

    Raises NoRingError when no ring has a share above zero.
    """
    whole = sum(ring.share for ring in rings)
    if whole <= 0:
        raise NoRingError("no ring has a share above 0; give one with PUT /v1/rings/{ring}")

    digest = hashlib.sha256(device_id.encode()).digest()
    point = int.from_bytes(digest[:8], "big") / 2**64 * whole
    ordered = sorted(rings, key=lambda ring: ring.order)
    for ring in ordered:
        point -= ring.share
        if point < 0:
            return ring.name
    return ordered[-1].name
