"""How simulated devices behave: decided per device and release by hash, so that a run can be repeated."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

DeviceRule = Callable[[str, str], bool]
"""Whether something happens to a device (its id) with a release (its version)."""


def place_of(*words: str) -> float:
    """Where a hash of these words falls in 0..1, evenly."""
    digest = hashlib.sha256("/".join(words).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def share_of_devices(share: float, version: str, what: str, seed: int = 0) -> DeviceRule:
    """True for this share (0..1) of the devices with one version; always for the same ones."""
    return lambda device_id, running: running == version and place_of(str(seed), what, version, device_id) < share


def never(device_id: str, version: str) -> bool:  # noqa: ARG001 - has the shape of a DeviceRule
    """Happens to no device."""
    return False


def no_corrupt_downloads(device_id: str, version: str) -> int:  # noqa: ARG001 - has the shape of a rule
    """Every download is right."""
    return 0


def short_install_seconds(device_id: str, version: str) -> float:
    """Between 0.1 and 0.5 seconds for each of the two steps an install takes."""
    return 0.1 + 0.4 * place_of("install", device_id, version)


@dataclass(frozen=True, slots=True)
class FleetRules:
    """What befalls the devices of a fleet."""

    unhealthy: DeviceRule | None = None
    """Whose health check fails; none leaves it to ``simulation.unhealthy_share`` of the release's manifest."""
    falls_silent: DeviceRule = never
    """Who is not heard any more after switching to the release."""
    corrupt_downloads: Callable[[str, str], int] = no_corrupt_downloads
    """How many downloads of the release come to this device corrupt before one comes right."""
    install_seconds: Callable[[str, str], float] = short_install_seconds
    """How long preparing the install takes, and the health check again."""
