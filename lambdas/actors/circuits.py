"""The circuit of a destination: closed while it answers, open after it failed, half-open while one call tries it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class CircuitStatus(StrEnum):
    """Whether a destination is called."""

    CLOSED = "closed"
    """It is; what fails is counted."""
    OPEN = "open"
    """It is left alone until its cool-down is over."""
    HALF_OPEN = "half_open"
    """One call, the probe, tries it; all others wait."""


@dataclass(frozen=True, slots=True)
class CircuitRules:
    """When a circuit opens, and for how long."""

    failures: int = 5
    """Failures within a window from which on it opens; fewer may be chance."""
    share: float = 0.5
    """Share of the window's calls, 0..1, that must have failed as well."""
    window: timedelta = timedelta(seconds=30)
    first_cool_down: timedelta = timedelta(seconds=5)
    longest_cool_down: timedelta = timedelta(minutes=5)
    """Each cool-down after a failed probe is twice the one before, up to this."""
    probe_time: timedelta = timedelta(seconds=30)
    """A probe that was not heard of for so long is given up, and another may try; longer than any call takes."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """What all workers know of one destination."""

    status: CircuitStatus = CircuitStatus.CLOSED
    version: int = 0
    """Grows with every change; 0 was never written."""
    window_began: datetime | None = None
    calls: int = 0
    """Within the window, only of workers that saw failures or knew of some."""
    failures: int = 0
    cool_downs: int = 0
    """In a row, the present one included."""
    until: datetime | None = None
    """End of the cool-down, or of the time that the probe has."""
    probe: str = ""
    """Names the one call that may try; empty unless half-open."""

    def is_waiting(self, now: datetime) -> bool:
        """Whether nobody may call now: it cools down, or its probe is under way."""
        return self.until is not None and now < self.until


def with_calls(circuit: Circuit, calls: int, failures: int, now: datetime, rules: CircuitRules) -> Circuit:
    """Count calls that were made while it was closed; it opens when too many failed.

    Nothing changes as long as nothing fails, so a destination in good health costs no write. Calls that end after the
    circuit has opened count nothing.
    """
    if circuit.status is not CircuitStatus.CLOSED:
        return circuit
    counted = circuit if _has_window(circuit, now, rules) else replace(circuit, window_began=now, calls=0, failures=0)
    counted = replace(counted, calls=counted.calls + calls, failures=counted.failures + failures)
    if counted.failures == 0:
        return circuit
    if counted.failures >= rules.failures and counted.failures >= rules.share * counted.calls:
        return opened(counted, now, rules)
    return counted


def has_failures(circuit: Circuit, now: datetime, rules: CircuitRules) -> bool:
    """Tell whether calls of the present window failed: then successes must be counted too."""
    return circuit.failures > 0 and _has_window(circuit, now, rules)


def opened(circuit: Circuit, now: datetime, rules: CircuitRules) -> Circuit:
    """Let a destination cool down: twice as long as the last time if that was not enough."""
    doublings = min(circuit.cool_downs, 30)
    cool_down: timedelta = min(rules.first_cool_down * 2**doublings, rules.longest_cool_down)
    return Circuit(CircuitStatus.OPEN, circuit.version, cool_downs=circuit.cool_downs + 1, until=now + cool_down)


def probed(circuit: Circuit, probe: str, now: datetime, rules: CircuitRules) -> Circuit:
    """Let one call try a destination that has cooled down, or whose last probe was never heard of again."""
    return replace(circuit, status=CircuitStatus.HALF_OPEN, probe=probe, until=now + rules.probe_time)


def after_probe(circuit: Circuit, probe: str, now: datetime, rules: CircuitRules, *, succeeded: bool) -> Circuit:
    """Close the circuit or let it cool down longer; the end of a probe that was given up changes nothing."""
    if circuit.status is not CircuitStatus.HALF_OPEN or circuit.probe != probe:
        return circuit
    return Circuit(version=circuit.version) if succeeded else opened(circuit, now, rules)


def _has_window(circuit: Circuit, now: datetime, rules: CircuitRules) -> bool:
    return circuit.window_began is not None and now - circuit.window_began < rules.window
