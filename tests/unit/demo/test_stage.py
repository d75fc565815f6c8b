"""What the audience sees where nothing can be redrawn."""

import io

import pytest
from rich.console import Console
from ringtree_cli.answers import Deployment, Outcomes, RingProgress
from ringtree_cli.deployment_watch import Sight

from lab.demo.checks import Check
from lab.demo.closing import ToldStory, print_checks, print_closing
from lab.demo.stage import Stage


def sight(status: str, done: int) -> Sight:
    ring = RingProgress("canary", status, 3, 1, Outcomes(done=done))
    return Sight(Deployment("go", "1.1.0", status, rings=(ring,)), {})


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(output: io.StringIO) -> Console:
    return Console(file=output, width=160)


def test_a_log_gets_a_line_for_each_change_and_none_between(console: Console, output: io.StringIO):
    sights = [sight("running", 1), sight("running", 1), sight("running", 2), sight("promoted", 3)]

    ended = Stage(console).follow(sights, lambda: "this machine runs 1.1.0")

    assert ended.status == "promoted"
    assert [line.partition("] ")[2] for line in output.getvalue().splitlines()] == [
        "1.1.0 running · canary running 1/3 (1 done) · this machine runs 1.1.0",
        "1.1.0 running · canary running 2/3 (2 done) · this machine runs 1.1.0",
        "1.1.0 promoted · canary promoted 3/3 (3 done) · this machine runs 1.1.0",
    ]


def test_a_count_in_a_log_says_its_beginning_and_its_end(console: Console, output: io.StringIO):
    with Stage(console).counting("enrolled", 60) as count:
        for number in range(61):
            count(number)

    assert [line.partition("] ")[2] for line in output.getvalue().splitlines()] == [
        "enrolled: 0 of 60",
        "enrolled: 60 of 60",
    ]


def test_checks_are_marked_and_say_what_was_seen(console: Console, output: io.StringIO):
    print_checks(console, [Check("it rains", holds=True, seen="wet"), Check("it is warm", holds=False, seen="[3 °C]")])

    assert output.getvalue().splitlines() == ["✓ it rains: wet", "✗ it is warm: [3 °C]"]


def test_the_closing_tables_hold_rings_outcomes_and_calls(console: Console, output: io.StringIO):
    told = ToldStory("release 1.1.0", sight("promoted", 3).deployment, (), {"dynamodb": 122, "sqs": 61})

    print_closing(console, [told])

    closing = output.getvalue()
    assert "3 done" in closing
    assert "183" in closing
