import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.fleet.rings import DEFAULT_RINGS, NoRingError, Ring, assign_ring


@given(st.text(min_size=1, max_size=50))
def test_device_lands_in_the_same_ring_at_every_call(device_id):
    assert assign_ring(device_id, DEFAULT_RINGS) == assign_ring(device_id, tuple(reversed(DEFAULT_RINGS)))


def test_rings_fill_by_their_shares():
    placed = [assign_ring(f"device-{number}", DEFAULT_RINGS) for number in range(20_000)]

    for ring in DEFAULT_RINGS:
        assert placed.count(ring.name) / 20_000 == pytest.approx(ring.share, abs=0.01)


def test_ring_without_a_share_gets_nobody():
    rings = (Ring("hand-picked", 1, 0), Ring("all", 2, 1))

    assert {assign_ring(f"d-{number}", rings) for number in range(500)} == {"all"}


def test_fleet_without_shares_places_nobody_and_says_what_to_do():
    with pytest.raises(NoRingError, match="PUT /v1/rings"):
        assign_ring("d-1", (Ring("canary", 1, 0),))
