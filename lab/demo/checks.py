"""Did the story end as told? Each check says what it saw, and can fail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ringtree_cli.answers import Deployment, Device, DeviceOutcome, RingProgress

NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One sentence of the story, whether it is true, and what was seen."""

    sentence: str
    holds: bool
    seen: str


@dataclass(frozen=True, slots=True)
class DeviceDisk:
    """What lies on the real device's disk."""

    current: str | None
    """Where the link ``current`` leads, relative to the device's folder; null when there is none."""
    version_file: str | None
    """Content of ``current/VERSION``."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the checks of one story look at."""

    release: str
    deployment: Deployment
    outcomes: Sequence[DeviceOutcome]
    devices: Sequence[Device]
    """The whole fleet after the story, as the API shows it."""
    installs: Mapping[str, Sequence[str]]
    """By device: every release it has switched to, in order, from the devices' own logs."""
    real_device_id: str
    disk: DeviceDisk


def check_good_story(evidence: Evidence, rings: Sequence[str]) -> list[Check]:
    """Release 1.1.0 reached every device, ring by ring."""
    return [
        _deployment_ended(evidence, "promoted"),
        _rings_promoted_in_order(evidence.deployment.rings, rings),
        _every_device_done(evidence),
        _whole_fleet_runs(evidence, evidence.release),
        _each_device_installed_once(evidence),
        _real_device_holds(evidence, evidence.release),
    ]


def check_bad_story(evidence: Evidence, first_ring: str, good_release: str) -> list[Check]:
    """Release 1.2.0 was stopped in the first ring and taken back."""
    return [
        _deployment_ended(evidence, "rolled_back"),
        _first_ring_halted(evidence.deployment.rings, first_ring),
        _later_rings_untouched(evidence, first_ring),
        _some_device_took_it(evidence),
        _all_who_took_it_are_back(evidence, good_release),
        _whole_fleet_runs(evidence, good_release),
        _real_device_holds(evidence, good_release),
    ]


def _deployment_ended(evidence: Evidence, status: str) -> Check:
    deployment = evidence.deployment
    holds = deployment.status == status
    seen = deployment.reason or "no reason given"
    sentence = f"the deployment of {evidence.release} ended {_words(status)}"
    return Check(sentence, holds, seen if holds else f"{_words(deployment.status)}, {seen}")


def _rings_promoted_in_order(progress: Sequence[RingProgress], rings: Sequence[str]) -> Check:
    all_promoted = [ring.ring for ring in progress if ring.status == "promoted"] == list(rings)
    in_order = all(
        before.ended_at is not None and after.started_at is not None and before.ended_at <= after.started_at
        for before, after in pairwise(progress)
    )
    seen = ", ".join(f"{ring.ring} {_words(ring.status)} {ring.outcomes.done}/{ring.devices}" for ring in progress)
    sentence = f"{', '.join(rings)} were promoted, each before the next one opened"
    return Check(sentence, all_promoted and in_order, seen if in_order else f"{seen}; a ring opened too early")


def _every_device_done(evidence: Evidence) -> Check:
    done = {one.device_id for one in evidence.outcomes if one.outcome == "done"}
    missing = {device.device_id for device in evidence.devices} - done
    seen = f"{len(done)} of {len(evidence.devices)}{_named(missing, 'not')}"
    return Check(f"every device installed {evidence.release} and confirmed it", not missing and bool(done), seen)


def _whole_fleet_runs(evidence: Evidence, release: str) -> Check:
    others = {device.device_id for device in evidence.devices if device.running_release != release}
    seen = f"{len(evidence.devices) - len(others)} of {len(evidence.devices)}{_named(others, 'not')}"
    return Check(f"the whole fleet runs {release}", bool(evidence.devices) and not others, seen)


def _each_device_installed_once(evidence: Evidence) -> Check:
    release = evidence.release
    times = {device.device_id: _count(evidence.installs, device.device_id, release) for device in evidence.devices}
    wrong = {device_id for device_id, count in times.items() if count != 1}
    seen = f"{sum(times.values())} installs on {len(times)} devices{_named(wrong, 'not once')}"
    return Check(f"each device installed {release} exactly once, by its own log", bool(times) and not wrong, seen)


def _real_device_holds(evidence: Evidence, release: str) -> Check:
    disk = evidence.disk
    holds = disk.current == f"releases/{release}" and disk.version_file == release
    seen = f"current -> {disk.current or 'nothing'}, VERSION says {disk.version_file or 'nothing'}"
    return Check(f"this machine ({evidence.real_device_id}) has {release} on its disk", holds, seen)


def _first_ring_halted(progress: Sequence[RingProgress], first_ring: str) -> Check:
    ring = next((one for one in progress if one.ring == first_ring), None)
    sentence = f"{first_ring} was halted on its devices' health and rolled back"
    if ring is None:
        return Check(sentence, holds=False, seen=f"the deployment has no ring {first_ring}")
    failures = ring.outcomes.failures
    holds = ring.status == "rolled_back" and failures > 0 and bool(ring.finding)
    return Check(sentence, holds, f"{_words(ring.status)}, {failures} failures: {ring.finding or 'no verdict'}")


def _later_rings_untouched(evidence: Evidence, first_ring: str) -> Check:
    later = [ring for ring in evidence.deployment.rings if ring.ring != first_ring]
    rings_of = {device.device_id: device.ring for device in evidence.devices}
    opened = {ring.ring for ring in later if ring.status != "waiting" or ring.outcomes.ended}
    offered = {one.device_id for one in evidence.outcomes if one.ring != first_ring}
    took = {device_id for device_id in _took(evidence) if rings_of.get(device_id) != first_ring}
    seen = ", ".join(f"{ring.ring} {_words(ring.status)}" for ring in later) or "there are no later rings"
    sentence = f"later rings never saw {evidence.release}"
    return Check(sentence, bool(later) and not (opened or offered or took), seen + _named(offered | took, "but"))


def _some_device_took_it(evidence: Evidence) -> Check:
    took = _took(evidence)
    return Check(f"some devices did take {evidence.release}", bool(took), f"{len(took)}{_named(took, '')}")


def _all_who_took_it_are_back(evidence: Evidence, good_release: str) -> Check:
    took = _took(evidence)
    stuck = {device_id for device_id in took if evidence.installs[device_id][-1] != good_release}
    seen = f"{len(took - stuck)} of {len(took)}{_named(stuck, 'not')}"
    sentence = f"every device that took it went back to {good_release}, by its own log"
    return Check(sentence, bool(took) and not stuck, seen)


def _took(evidence: Evidence) -> set[str]:
    return {device_id for device_id, releases in evidence.installs.items() if evidence.release in releases}


def _count(installs: Mapping[str, Sequence[str]], device_id: str, release: str) -> int:
    return list(installs.get(device_id, ())).count(release)


def _named(device_ids: Iterable[str], word: str) -> str:
    """A few of the devices by name, after a word; nothing when there are none."""
    names = sorted(device_ids)
    if not names:
        return ""
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f" ({word}{' ' if word else ''}{', '.join(names[:NAMES_SHOWN])}{more})"


def _words(status: str) -> str:
    return status.replace("_", " ")
