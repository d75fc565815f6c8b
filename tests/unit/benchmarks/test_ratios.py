import pytest

from lab.benchmarks.ratios import growth, median_ratio, ratio


def test_a_ratio_says_how_many_times_the_reference():
    assert ratio(6, 4) == 1.5


def test_a_ratio_to_nothing_is_refused():
    with pytest.raises(ValueError, match="the reference is 0"):
        ratio(1, 0)


def test_one_slow_run_does_not_move_a_ratio_of_medians():
    assert median_ratio([2.0, 2.0, 90.0], [1.0, 1.0, 1.0]) == 2.0


def test_growth_is_the_worst_of_all_larger_fleets():
    assert growth(10.0, [9.0, 11.0, 10.5]) == pytest.approx(0.1)


def test_what_shrinks_everywhere_grows_by_less_than_nothing():
    assert growth(10.0, [9.0, 8.0]) == pytest.approx(-0.1)


def test_a_single_fleet_does_not_grow():
    assert growth(10.0, []) == 0.0
