from hypothesis import given
from hypothesis import strategies as st

from lambdas.fleet.health_gates.catalog import judge
from lambdas.fleet.plans import RingPolicy
from lambdas.fleet.ring_health import OutcomeCounts, RingHealth
from lambdas.fleet.verdicts import Judgement

POLICY = RingPolicy(tolerated_failure_share=0.1, minimum_sample=5)


def judgement_of(devices: int, **counts: int) -> Judgement:
    return judge(RingHealth(devices, OutcomeCounts(**counts)), POLICY).judgement


def test_silent_ring_is_not_taken_for_a_healthy_one():
    assert judgement_of(10) is Judgement.INCONCLUSIVE


def test_ring_is_not_judged_below_its_minimum_sample():
    assert judgement_of(10, failed=4) is Judgement.INCONCLUSIVE
    assert judgement_of(10, failed=5) is Judgement.FAILED


def test_ring_smaller_than_the_sample_is_judged_when_it_is_complete():
    assert judgement_of(2, done=2) is Judgement.PASSED
    assert judgement_of(2, done=1, failed=1) is Judgement.FAILED


def test_share_at_the_tolerance_passes_and_above_it_fails():
    assert judgement_of(10, done=9, failed=1) is Judgement.PASSED
    assert judgement_of(10, done=8, silent=1, rolled_back=1) is Judgement.FAILED


def test_deferred_and_cancelled_devices_are_no_evidence():
    assert judgement_of(10, deferred=5, cancelled=5) is Judgement.INCONCLUSIVE


counts = st.builds(OutcomeCounts, *[st.integers(0, 50)] * 6)


@given(counts, counts)
def test_changes_of_counts_add_up(before, after):
    assert before + (after - before) == after
