from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.fleet.plans import (
    BATCH_SIZE_LIMIT,
    BATCH_TIMEOUT_LIMIT,
    OPEN_BATCHES_LIMIT,
    PlanError,
    RingPolicy,
    RolloutPlan,
    cut_batches,
)


@given(st.lists(st.text(min_size=1, max_size=5), max_size=200), st.integers(1, 50))
def test_batches_hold_every_device_once_in_order(device_ids, batch_size):
    batches = cut_batches(device_ids, batch_size)

    assert [device for batch in batches for device in batch] == device_ids
    assert all(1 <= len(batch) <= batch_size for batch in batches)


def test_plan_at_every_limit_is_accepted():
    RolloutPlan(("canary",), RingPolicy(BATCH_SIZE_LIMIT, OPEN_BATCHES_LIMIT, BATCH_TIMEOUT_LIMIT, 0, 1)).check()


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (RingPolicy(batch_size=BATCH_SIZE_LIMIT + 1), "batch_size"),
        (RingPolicy(batch_size=0), "batch_size"),
        (RingPolicy(max_open_batches=OPEN_BATCHES_LIMIT + 1), "max_open_batches"),
        (RingPolicy(batch_timeout=BATCH_TIMEOUT_LIMIT + timedelta(seconds=1)), "batch_timeout"),
        (RingPolicy(batch_timeout=timedelta(0)), "batch_timeout"),
        (RingPolicy(tolerated_failure_share=1), "tolerated_failure_share"),
        (RingPolicy(minimum_sample=0), "minimum_sample"),
        (RingPolicy(bake_time=timedelta(seconds=-1)), "bake_time"),
    ],
)
def test_plan_beyond_a_limit_is_refused_naming_the_field(policy, field):
    with pytest.raises(PlanError, match=field):
        RolloutPlan(("canary",), policy).check()


def test_every_broken_rule_is_named_at_once():
    with pytest.raises(PlanError, match=r"batch_size.*minimum_sample.*name at least one ring"):
        RolloutPlan((), RingPolicy(batch_size=0, minimum_sample=0)).check()


def test_ring_named_twice_is_refused():
    with pytest.raises(PlanError, match="named once"):
        RolloutPlan(("canary", "canary")).check()
