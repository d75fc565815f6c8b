"""All health gates, and how their answers make one verdict."""

from collections.abc import Callable

from lambdas.fleet.health_gates.install_outcomes import install_outcomes
from lambdas.fleet.plans import RingPolicy
from lambdas.fleet.ring_health import RingHealth
from lambdas.fleet.verdicts import GateVerdict, Judgement

HealthGate = Callable[[RingHealth, RingPolicy], GateVerdict]

HEALTH_GATES: tuple[HealthGate, ...] = (install_outcomes,)


def judge(health: RingHealth, policy: RingPolicy) -> GateVerdict:
    """Ask every gate: one failure fails the ring, else one doubt leaves it open, else it passed."""
    verdicts = [gate(health, policy) for gate in HEALTH_GATES]
    for judgement in (Judgement.FAILED, Judgement.INCONCLUSIVE):
        told = [verdict for verdict in verdicts if verdict.judgement is judgement]
        if told:
            return told[0]
    return verdicts[0]
