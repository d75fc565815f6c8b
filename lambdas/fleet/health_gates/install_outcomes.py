"""Gate: too many installs of the ring went wrong."""

from lambdas.fleet.plans import RingPolicy
from lambdas.fleet.ring_health import RingHealth
from lambdas.fleet.verdicts import GateVerdict


def install_outcomes(health: RingHealth, policy: RingPolicy) -> GateVerdict:
    """Fail the ring when more than the tolerated share of its ended installs went wrong.

    Judged from the minimum sample on, or once every device has ended where the ring is smaller than that.
    A ring of which nothing was heard is inconclusive, never healthy.
    """
    outcomes = health.outcomes
    if outcomes.judged == 0:
        return GateVerdict.inconclusive("no device of the ring has ended its install yet")

    is_complete = outcomes.ended >= health.devices
    if outcomes.judged < policy.minimum_sample and not is_complete:
        return GateVerdict.inconclusive(
            f"{outcomes.judged} of {health.devices} installs ended, {policy.minimum_sample} needed to judge"
        )

    share = outcomes.failures / outcomes.judged
    finding = (
        f"{outcomes.failures} of {outcomes.judged} installs went wrong ({share:.0%}), "
        f"{policy.tolerated_failure_share:.0%} tolerated"
    )
    return GateVerdict.failed(finding) if share > policy.tolerated_failure_share else GateVerdict.passed(finding)
