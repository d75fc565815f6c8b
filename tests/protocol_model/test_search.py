"""The search itself finds what it is there to find, by the shortest way."""

from dataclasses import dataclass, field

import pytest

from tests.protocol_model.search import SearchTooLargeError, search
from tests.protocol_model.violations import Kind, Violation, judge_log


@dataclass(frozen=True)
class Map:
    """Places with ways between them, of which some are forbidden."""

    ways: dict[str, str]
    forbidden: str = ""
    start_at: str = field(default="a")

    def start(self):
        return self.start_at

    def steps(self, state):
        return [(f"{state} to {after}", after) for after in self.ways.get(state, "")]

    def violation(self, state, *, at_rest):
        return Violation(Kind.GAP, state) if state in self.forbidden else None


def test_every_place_is_visited_once():
    assert search(Map({"a": "bc", "b": "d", "c": "d"})).states == 4


def test_shortest_way_to_a_violation_is_told_step_by_step():
    finding = search(Map({"a": "bc", "b": "d", "c": "e", "d": "e"}, forbidden="e"))

    assert finding.trace == ("a to c", "c to e")
    assert "GAP: e" in str(finding)


def test_circle_without_a_way_to_rest_is_found_out():
    runs_in_circles = Map({"a": "bc", "b": "a", "c": "d", "d": "c"})

    assert search(runs_in_circles).violation is None
    finding = search(runs_in_circles, comes_to_rest=True)
    assert finding.violation is not None
    assert finding.violation.kind is Kind.STUCK


def test_circle_with_a_way_out_comes_to_rest():
    assert search(Map({"a": "b", "b": "ac"}), comes_to_rest=True).violation is None


def test_search_that_grows_too_large_says_so():
    assert search(Map({"a": "bcd"}), limit=4).violation is None
    with pytest.raises(SearchTooLargeError, match="more than 3"):
        search(Map({"a": "bcd"}), limit=3)


@pytest.mark.parametrize(
    ("log", "at_rest", "kind"),
    [
        ("", False, None),
        ("12", False, None),
        ("123", True, None),
        ("12", True, Kind.LOSS),
        ("11", False, Kind.DUPLICATE),
        ("13", False, Kind.GAP),
        ("21", False, Kind.GAP),
        ("1231", True, Kind.DUPLICATE),
    ],
)
def test_log_is_judged_against_what_was_asked_for(log, at_rest, kind):
    violation = judge_log(log, "123", at_rest=at_rest, of="someone")

    assert (violation.kind if violation else None) is kind
