"""Arithmetic of ratios: what benchmarks quote, since times alone depend on the machine."""

from collections.abc import Sequence
from statistics import median


def ratio(value: float, reference: float) -> float:
    """How many times the reference; raises ValueError when there is nothing to compare with."""
    if reference <= 0:
        raise ValueError(f"the reference is {reference}; a ratio needs one above 0")
    return value / reference


def median_ratio(values: Sequence[float], references: Sequence[float]) -> float:
    """Ratio of the medians: one slow run on a busy machine moves neither."""
    return ratio(median(values), median(references))


def growth(first: float, later: Sequence[float]) -> float:
    """The largest growth over the first value, as a share: 0.1 for 10 % more; negative when all later ones are less."""
    if not later:
        return 0.0
    return ratio(max(later), first) - 1
