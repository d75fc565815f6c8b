"""The circuit breaker of one process: asks and tells the circuits that all processes share."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lambdas.actors.circuits import Circuit, CircuitRules, CircuitStatus, after_probe, has_failures, probed, with_calls
from lambdas.actors.ports import CircuitStates

KEPT_FOR = timedelta(seconds=2)
"""How long a circuit is known without asking again: a call may still leave so long after another process opened it."""

PROBE_PATIENCE = timedelta(seconds=2)
"""How long others wait before they ask again how the probe went; it mostly ends long before its time is over."""

CHANGES_TRIED = 4
"""How often a change that others were faster than is made anew; a count that is lost then opens it a little later."""


@dataclass(frozen=True, slots=True)
class Free:
    """The destination may be called."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The destination may be called by this one call, on whose end everything hangs."""

    name: str


@dataclass(frozen=True, slots=True)
class Held:
    """The destination must not be called; asking again makes sense from ``until`` on."""

    until: datetime


Permit = Free | Probe | Held


@dataclass(frozen=True, slots=True)
class _Known:
    circuit: Circuit
    read_at: datetime


class CircuitBreaker:
    """Gives permits for calls, and is told how they ended. Every method raises PortUnavailableError."""

    def __init__(self, states: CircuitStates, rules: CircuitRules | None = None) -> None:
        self._states = states
        self._rules = rules or CircuitRules()
        self._known: dict[str, _Known] = {}

    def permit(self, destination: str, call: str, now: datetime) -> Permit:
        """Say whether ``call``, a name that no other call has, may leave now."""
        circuit = self._circuit(destination, now)
        if circuit.status is CircuitStatus.CLOSED:
            return Free()
        if circuit.is_waiting(now):
            return _held(circuit, now)
        return self._probe(destination, circuit, call, now)

    def count(self, destination: str, calls: int, failures: int, now: datetime) -> bool:
        """Count calls that had a ``Free`` permit and how many of them failed; true when that opened the circuit."""
        circuit = self._circuit(destination, now)
        if failures == 0 and not has_failures(circuit, now, self._rules):
            return False
        changed = self._change(
            destination, circuit, lambda before: with_calls(before, calls, failures, now, self._rules), now
        )
        return changed is not None and changed.status is CircuitStatus.OPEN

    def probe_ended(self, destination: str, probe: Probe, now: datetime, *, succeeded: bool) -> None:
        """Close the circuit or let it cool down again."""
        self._change(
            destination,
            self._read(destination, now),
            lambda before: after_probe(before, probe.name, now, self._rules, succeeded=succeeded),
            now,
        )

    def _probe(self, destination: str, circuit: Circuit, call: str, now: datetime) -> Permit:
        """Become the probe, unless another process was faster: then its view of the circuit holds."""
        claimed = replace(probed(circuit, call, now, self._rules), version=circuit.version + 1)
        if self._states.change(destination, claimed):
            self._known[destination] = _Known(claimed, now)
            return Probe(call)
        found = self._read(destination, now)
        if found.status is CircuitStatus.HALF_OPEN and found.probe == call:  # only the answer to our claim was lost
            return Probe(call)
        return Free() if found.status is CircuitStatus.CLOSED else _held(found, now)

    def _change(
        self, destination: str, circuit: Circuit, change: Callable[[Circuit], Circuit], now: datetime
    ) -> Circuit | None:
        """Make a change on the newest circuit; None when there was nothing to change or others were always faster."""
        for _ in range(CHANGES_TRIED):
            changed = change(circuit)
            if changed == circuit:
                return None
            changed = replace(changed, version=circuit.version + 1)
            if self._states.change(destination, changed):
                self._known[destination] = _Known(changed, now)
                return changed
            circuit = self._read(destination, now)
        return None

    def _circuit(self, destination: str, now: datetime) -> Circuit:
        """Give the circuit as known, or read it: one that cools down does not change before its time."""
        known = self._known.get(destination)
        if known is not None and (now - known.read_at < KEPT_FOR or _is_cooling_down(known.circuit, now)):
            return known.circuit
        return self._read(destination, now)

    def _read(self, destination: str, now: datetime) -> Circuit:
        circuit = self._states.read(destination)
        self._known[destination] = _Known(circuit, now)
        return circuit


def _is_cooling_down(circuit: Circuit, now: datetime) -> bool:
    return circuit.status is CircuitStatus.OPEN and circuit.is_waiting(now)


def _held(circuit: Circuit, now: datetime) -> Held:
    soon = now + PROBE_PATIENCE
    if circuit.status is CircuitStatus.OPEN and circuit.until is not None:
        return Held(max(circuit.until, now))
    return Held(soon)
