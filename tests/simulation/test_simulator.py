"""The simulator itself: the same seed makes the same run, faults can be left out, and queues are as nasty as said."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.course import Course, FixedCourse
from tests.simulation.faults import CallKind, Fault
from tests.simulation.fibres import Fibre, Killed
from tests.simulation.messages import Do, Op, Step
from tests.simulation.queues import VISIBILITY_SECONDS, Queues
from tests.simulation.seeds import run_seed
from tests.simulation.shrinking import place_of, shrunk
from tests.simulation.stores import Items
from tests.simulation.world import World

ROOT = Path(__file__).parents[2]


class Unfenced(Items):
    def is_fenced(self, version, item):
        return False


def unfenced_world(course: Course) -> World:
    return World(course, items_type=Unfenced)


def queue_with(*groups: str) -> tuple[Queues, list[float]]:
    clock = [0.0]
    queues = Queues(lambda: clock[0], 300.0)
    for number, group in enumerate(groups):
        queues.put("parks", group, f"{number}", f"{number}")
    return queues, clock


def test_the_same_seed_makes_the_same_run():
    first, again = (run_seed(5, is_traced=True) for _ in range(2))

    assert first.world.trace == again.world.trace
    assert len(first.world.trace) > 100


def test_a_run_is_the_same_in_another_process():
    command = [sys.executable, "-m", "tests.simulation", "--seed", "53"]
    seen = set()
    for hash_seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": hash_seed}
        shown = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=60, check=True)
        seen.add(shown.stdout)

    assert len(seen) == 1
    assert b"seed 53 holds" in seen.pop()


def test_a_run_does_not_depend_on_the_one_before_it():
    alone = run_seed(5, is_traced=True).world.trace
    run_seed(6)

    assert run_seed(5, is_traced=True).world.trace == alone


def test_faults_can_be_left_out_one_by_one():
    fired = next(outcome.fired for seed in range(50) if len((outcome := run_seed(seed)).fired) > 5)
    seed = next(seed for seed in range(50) if run_seed(seed).fired == fired)

    kept = [fault.chance for fault in fired[:3]]

    assert [fault.chance for fault in run_seed(seed, faults=kept).fired] == kept


def test_a_failing_run_is_made_small_and_still_fails_in_the_same_place():
    failing = next(outcome for seed in range(50) if (outcome := run_seed(seed, new_world=unfenced_world)).error)

    small = shrunk(failing, unfenced_world)

    again = run_seed(small.seed, faults=small.faults, commands=small.commands, new_world=unfenced_world)
    assert again.error is not None
    assert place_of(again.error) == place_of(failing.error)
    assert len(small.commands) <= 3
    assert f"--seed {small.seed} --faults" in small.command()


def test_a_group_in_flight_is_not_given_out_while_others_are():
    queues, _ = queue_with("parks/a", "parks/a", "parks/b")

    first = queues.receive("parks", 1, FixedCourse())
    second = queues.receive("parks", 10, FixedCourse())

    assert [record.body for record in first.records] == ["0"]
    assert [record.body for record in second.records] == ["2"]


def test_a_message_comes_again_when_its_visibility_ends_and_the_old_receipt_is_void():
    queues, clock = queue_with("parks/a")
    first = queues.receive("parks", 10, FixedCourse())
    clock[0] = VISIBILITY_SECONDS
    queues.end_visibility()
    second = queues.receive("parks", 10, FixedCourse())

    queues.delete(first, ["m1"])
    assert not queues.is_empty()
    queues.postpone(first.records[0], 0.0)
    assert queues.next_visible_at() == 2 * VISIBILITY_SECONDS
    queues.delete(second, ["m1"])
    assert queues.is_empty()


def test_a_repeat_is_dropped_within_the_window_and_kept_after_it():
    queues, clock = queue_with("parks/a")

    assert queues.put("parks", "parks/a", "0", "0") is None
    clock[0] = 300.0
    assert queues.put("parks", "parks/a", "0", "0") is not None


def test_a_fibre_stops_where_it_suspends_itself_and_goes_on_there():
    seen: list[str] = []

    def job() -> None:
        seen.append("begun")
        fibre.suspend()
        seen.append("ended")

    fibre = Fibre(job)
    fibre.resume()
    assert seen == ["begun"]
    fibre.resume()
    assert seen == ["begun", "ended"]
    assert fibre.has_ended


def test_a_fibre_that_is_killed_is_seen_by_no_handler_of_exceptions():
    def job() -> None:
        try:
            fibre.suspend()
        except Exception as error:
            raise AssertionError from error

    fibre = Fibre(job)
    fibre.resume()
    fibre.kill()
    assert fibre.has_ended
    assert issubclass(Killed, BaseException)
    assert not issubclass(Killed, Exception)


def test_what_a_fibre_raises_reaches_the_one_who_resumes_it():
    def job() -> None:
        raise ValueError("from within")

    with pytest.raises(ValueError, match="from within"):
        Fibre(job).resume()


def test_a_call_whose_answer_is_lost_was_made_and_one_that_is_refused_was_not():
    for fault, is_made in ((Fault.ANSWER_LOST, True), (Fault.REFUSED, False)):
        world = World(FixedCourse({1: fault}))
        world.tell("parks/a", Do("c1", (Step(Op.PUBLISH),)))
        invocation = world.invoke("parks", 10)

        assert invocation.report.unhandled == ("m1",)
        assert bool(world.outside.items.stored) is is_made


def test_mixed_numbers_are_spread_evenly():
    course = Course(7)
    course.fault_rate = 0.25
    fired = sum(course.fault(CallKind.SEND) is not Fault.NONE for _ in range(4000))

    assert 850 < fired < 1150
